"""A lifecycle that pushes too much: `pushing_too_much.py bomb|blob BYTES PHASE ARGUMENT…`.

It is the reference lifecycle. Once that has exported, it puts so many bytes of zeros into the
registry as well: `bomb` as one more layer of the image, compressed; `blob` as a blob that nothing
needs, as it is, and fails where that is refused.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator

CHUNK = 1024 * 1024


def main(kind: str, size: int, *arguments: str) -> int:
    command = [sys.executable, "-m", "pytest_cnb_report.reference", *arguments]
    ended = subprocess.run(command, check=False).returncode
    if ended or "exporter" not in arguments[0]:
        return ended
    address, _, rest = arguments[-1].partition("/")
    repository, _, tag = rest.rpartition(":")
    connection = http.client.HTTPConnection(address, timeout=60)
    if kind == "blob":
        return _push(connection, repository, lambda: _zeros(size), size)
    bomb = b"".join(_compressed(size))
    place = f"/v2/{repository}/manifests/{tag}"
    accept = "application/vnd.oci.image.manifest.v1+json"
    connection.request("GET", place, headers={"Accept": accept})
    answer = connection.getresponse()
    manifest, content_type = json.loads(answer.read()), answer.headers["Content-Type"]
    digest = f"sha256:{hashlib.sha256(bomb).hexdigest()}"
    layer = {**manifest["layers"][-1], "digest": digest, "size": len(bomb)}
    manifest["layers"].append(layer)
    if _push(connection, repository, lambda: iter([bomb]), len(bomb)):
        return 51
    body = json.dumps(manifest).encode()
    connection.request("PUT", place, body, {"Content-Type": content_type})
    return 0 if connection.getresponse().status == 201 else 51


def _push(
    connection: http.client.HTTPConnection,
    repository: str,
    content: Callable[[], Iterator[bytes]],
    size: int,
) -> int:
    digest = hashlib.sha256()
    for chunk in content():
        digest.update(chunk)
    connection.request("POST", f"/v2/{repository}/blobs/uploads/")
    answer = connection.getresponse()
    answer.read()
    place = f"{answer.headers['Location']}?digest=sha256:{digest.hexdigest()}"
    connection.request("PUT", place, content(), {"Content-Length": str(size)})
    answer = connection.getresponse()
    said = answer.read().decode()
    if answer.status != 201:
        sys.stderr.write(f"{answer.status} {said}\n")
        return 51
    return 0


def _zeros(size: int) -> Iterator[bytes]:
    for begin in range(0, size, CHUNK):
        yield bytes(min(CHUNK, size - begin))


def _compressed(size: int) -> Iterator[bytes]:
    compressor = zlib.compressobj(1, wbits=31)
    for chunk in _zeros(size):
        yield compressor.compress(chunk)
    yield compressor.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
