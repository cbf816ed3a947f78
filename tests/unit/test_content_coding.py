import contextlib
import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_router.domain.errors import InvalidRequest, RequestTooLarge, RouterError
from model_router.entrypoints.http.request import decoded

MOST = 100_000


def deflate(body: bytes) -> bytes:
    """Without zlib's frame, as some clients send it."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


Change = Callable[[bytes], bytes]
CODINGS: dict[str, Change] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "Deflate ": zlib.compress,
    "deflate": deflate,
}


def refusal(body: bytes, coding: str) -> tuple[int, object]:
    with pytest.raises(RouterError) as refused:
        decoded(body, coding, MOST)
    error = refused.value.body()["error"]
    assert isinstance(error, dict)
    return refused.value.status, error["details"]["error_code"]


@pytest.mark.parametrize("coding", CODINGS)
@given(body=st.binary(max_size=200))
def test_a_compressed_body_comes_out_as_it_was(coding: str, body: bytes) -> None:
    assert decoded(CODINGS[coding](body), coding, MOST) == body


@pytest.mark.parametrize("coding", ["", "identity", " Identity"])
def test_a_body_without_a_coding_is_left_alone(coding: str) -> None:
    assert decoded(b"\x1f\x8b", coding, MOST) == b"\x1f\x8b"


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "compress", "*"])
def test_a_coding_that_is_not_known_is_a_400_of_anthropics_code(coding: str) -> None:
    assert refusal(b"{}", coding) == (400, "request_body_encoding_unsupported")


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("spoilt", [lambda b: b"{}", lambda b: b[:-3], lambda b: b + b"x", lambda b: b""])
def test_a_body_that_is_not_in_its_coding_is_a_400_of_anthropics_code(coding: str, spoilt: Change) -> None:
    body = spoilt(CODINGS[coding](b"x" * 1000))
    assert refusal(body, coding) == (400, "request_body_encoding_invalid")


@pytest.mark.parametrize("coding", CODINGS)
def test_what_is_too_large_once_decompressed_is_a_413_whatever_its_size_before(coding: str) -> None:
    assert decoded(CODINGS[coding](b"x" * MOST), coding, MOST) == b"x" * MOST
    assert refusal(CODINGS[coding](b"x" * (MOST + 1)), coding) == (413, "request_body_too_large_after_decoding")


def test_a_bomb_is_not_decompressed_beyond_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000), compresslevel=1)
    tracemalloc.start()
    with pytest.raises(RequestTooLarge):
        decoded(bomb, "gzip", MOST)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * MOST


@given(body=st.binary(max_size=300), coding=st.sampled_from([*CODINGS, "br", ""]))
def test_any_bytes_are_decoded_or_refused(body: bytes, coding: str) -> None:
    with contextlib.suppress(InvalidRequest, RequestTooLarge):
        assert len(decoded(body, coding, MOST)) <= MOST
