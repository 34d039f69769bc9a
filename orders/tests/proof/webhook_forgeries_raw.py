"""Bytes sent to the webhook's port that a web server may not even take for HTTP, or take for something else."""

from collections.abc import Callable

from .webhook_forgeries import ADDRESS, Forger

END = b"\r\n"
TLS_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(200)


class RawForger(Forger):
    """`raw()` gives a kind and all bytes of one connection."""

    def raw(self) -> tuple[str, bytes]:
        kind = self.dice.choice(KINDS)
        return kind.__name__, kind(self)


def request(
    *headers: str, body: bytes = b"", line: str = f"POST {ADDRESS} HTTP/1.1", length: bool = True
) -> bytes:
    """A request with Host and, unless told otherwise, the right Content-Length."""
    usual = ["Host: 127.0.0.1", "Content-Type: application/json", "Connection: close"]
    if length:
        usual.append(f"Content-Length: {len(body)}")
    head = "\r\n".join([line, *usual, *headers, "", ""])
    return head.encode("latin-1") + body


def signed(header: str) -> str:
    return f"Stripe-Signature: {header}"


def chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x" % len(piece) + END + piece + END for piece in pieces) + b"0" + END + END


def plain_forgery(f: RawForger) -> bytes:
    body = f.body()
    return request(signed(f.wrong(body)), body=body)


def noise(f: RawForger) -> bytes:
    return f.dice.choice(
        [f.noise(), TLS_HELLO, b"\0" * 500, END * 100, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"QUIT\r\n"]
    )


def odd_first_line(f: RawForger) -> bytes:
    body = f.body()
    line = f.dice.choice(
        [
            f"POST {ADDRESS}",
            f"POST {ADDRESS} HTTP/9.9",
            f"POST {ADDRESS} HTTP/1.1 twice",
            f"POST  {ADDRESS}  HTTP/1.1",
            f"P\0ST {ADDRESS} HTTP/1.1",
            f"POST http://stripe.com{ADDRESS} HTTP/1.1",
            f"POST {ADDRESS}?{'x' * 9_000} HTTP/1.1",
            f"POST {ADDRESS}%00 HTTP/1.1",
            f"POST {ADDRESS}\xff HTTP/1.1",
            " ",
        ]
    )
    return request(signed(f.wrong(body)), body=body, line=line)


def odd_header(f: RawForger) -> bytes:
    body = f.body()
    header = f.dice.choice(
        [
            "no colon here",
            "Space : before the colon",
            "Nul: \0",
            "Nul\0: x",
            "Bare: \r x",
            "\tFolded: x",
            ": no name",
            f"Long: {'x' * 20_000}",
            "\r\n".join(f"Many-{number}: x" for number in range(200)),
            "Host: evil.example",
            "Expect: 100-continue",
            "Upgrade: websocket",
            f"X-Forwarded-For: {'1.2.3.4, ' * 400}",
        ]
    )
    return request(header, signed(f.wrong(body)), body=body)


def signature_by_another_name(f: RawForger) -> bytes:
    """The right signature, under a name that some web servers would turn into the right one."""
    body = f.body()
    name = f.dice.choice(
        ["Stripe_Signature", "STRIPE_SIGNATURE", "Http-Stripe-Signature", "Stripe-Signature "]
    )
    return request(f"{name}: {f.right(body)}", body=body)


def two_signatures(f: RawForger) -> bytes:
    body = f.body()
    return request(signed(f.wrong(body)), signed(f.right(body, age=9_999)), body=body)


def false_length(f: RawForger) -> bytes:
    """Signed as it should be, but some of the body is left out, or its length is no number."""
    body = f.body()
    lengths = f.dice.choice(
        [
            [f"{len(body) - 1}"],
            ["1", f"{len(body)}"],
            [f"{len(body)}", "1"],
            ["-1"],
            ["+5"],
            ["0x10"],
            ["1_0"],
            ["9" * 40],
            ["5, 5"],
            [""],
        ]
    )
    return request(
        signed(f.right(body)), *(f"Content-Length: {length}" for length in lengths), body=body, length=False
    )


def cut_short(f: RawForger) -> bytes:
    """The line ends before the body does."""
    body = f.body()
    whole = request(signed(f.right(body)), body=body)
    return whole[: -f.dice.randrange(1, len(body))]


def chunked(f: RawForger) -> bytes:
    """Signed as it should be; but Stripe says how long its bodies are, and nothing else is read."""
    body = f.body()
    sent = f.dice.choice(
        [
            chunks(body),
            chunks(body[:10], body[10:]),
            chunks(body)[:-5],
            b"zz" + END + body,
            b"-5" + END + body,
            b"f" * 40 + END + body,
            b"5;" + b"x" * 9_000 + END + body,
        ]
    )
    return request(
        signed(f.right(body)), f"Transfer-Encoding: {_coding(f)}", body=sent, length=f.dice.random() < 0.3
    )


def _coding(f: RawForger) -> str:
    return f.dice.choice(["chunked", "chunked", "xchunked", "chunked, chunked", "identity", "\tchunked"])


def smuggled(f: RawForger) -> bytes:
    """A second request hides in the body of the first; neither is signed by anybody."""
    body = f.body()
    hidden = request(signed(f.wrong(body)), body=body)
    return request(
        signed(f.wrong(b"0\r\n\r\n")),
        "Transfer-Encoding: chunked",
        "Content-Length: 5",
        body=b"0\r\n\r\n" + hidden,
    )


def pipelined(f: RawForger) -> bytes:
    return b"".join(
        plain_forgery(f).replace(b"Connection: close", b"Connection: keep-alive") for _ in range(3)
    )


KINDS: list[Callable[[RawForger], bytes]] = [
    plain_forgery,
    noise,
    odd_first_line,
    odd_header,
    signature_by_another_name,
    two_signatures,
    false_length,
    cut_short,
    chunked,
    smuggled,
    pipelined,
]
