"""A fake endpoint that costs next to nothing: answers by the hash of the whole body, after a fixed latency.

Run as ``python tests/measure/fast_server.py TABLE LATENCY``; TABLE is JSON, body's SHA-256 to completion text. It
prints its port and serves until its input closes.
"""

import asyncio
import hashlib
import json
import sys
from pathlib import Path


def completion(text: str) -> bytes:
    body = json.dumps(
        {
            "id": "chatcmpl-fast",
            "object": "chat.completion",
            "created": 1700000000,
            "model": "bench-0001",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {
                "prompt_tokens": 2000,
                "completion_tokens": 100,
                "total_tokens": 2100,
                "prompt_tokens_details": {"cached_tokens": 1000},
                "completion_tokens_details": {"reasoning_tokens": 0},
            },
        },
        ensure_ascii=False,
    ).encode()
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
        + str(len(body)).encode()
        + b"\r\n\r\n"
        + body
    )


class Server(asyncio.Protocol):
    table: dict[str, bytes]
    latency: float
    default = completion('{"ready": true}')

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0])
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4 : end + 4 + length]
            self.buffer = self.buffer[end + 4 + length :]
            answer = self.table.get(hashlib.sha256(body).hexdigest(), self.default)
            asyncio.get_running_loop().call_later(self.latency, self._send, answer)

    def _send(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)


async def main() -> None:
    Server.table = {k: completion(v) for k, v in json.loads(Path(sys.argv[1]).read_text("utf-8")).items()}
    Server.latency = float(sys.argv[2])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Server, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
