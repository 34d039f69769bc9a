"""Books as CSV, out of the shop and back in.

columns.py says how a value stands in a cell, table.py reads and writes files, resource.py turns rows into books (with
django-import-export), preview.py tells what would change, writing.py changes it.
"""
