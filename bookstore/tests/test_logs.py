import logging


def test_the_development_server_logs_no_query(caplog):
    logging.getLogger("django.server").info(
        '"%s" %s %s', "GET /checkout/7QK2M/status/?payment_intent_client_secret=pi_1_secret_2 HTTP/1.1", "302", "0"
    )

    assert caplog.messages == ['"GET /checkout/7QK2M/status/?… HTTP/1.1" 302 0']


def test_other_parts_of_the_line_stay(caplog):
    logging.getLogger("django.server").info('"%s" %s %s', "GET /books/ HTTP/1.1", "200", "512")

    assert caplog.messages == ['"GET /books/ HTTP/1.1" 200 512']
