"""How the shop does: takings, orders, books and payments over a time.

periods.py says which days, and reckoning.py has the database count by them. takings.py, selling.py and payments.py
(what goes wrong there) ask it, figures.py puts it together, wording.py compares in words, charts.py draws, page.py
shows. Everything counts by days of the shop's time zone; weeks and months are added up from them.
"""
