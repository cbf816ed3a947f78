"""lambda_package.slim removes what no function reads, and nothing else: what stays describes the same calls of AWS."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from botocore.regions import EndpointResolver
from urllib3 import HTTPResponse

from devtools.lambda_package.descriptions import OPERATIONS

SOURCE = Path(__file__).parents[2] / "src" / "model_router"
BOTOCORE = Path(botocore.__file__).parent
REAL = ["sdk-default-configuration.json", "endpoints.json", "partitions.json", "_retry.json", "ec2", "kms", *OPERATIONS]

KEPT = [
    "botocore/data/partitions.json",
    "botocore/data/_retry.json",
    "botocore/data/ssm/2014-11-06/paginators-1.json",
    "boto3/data/dynamodb/2012-08-10/resources-1.json",
    "boto3/session.py",
    "anthropic/lib/tests/needed.py",
    "anthropic-2.14.0.dist-info/METADATA",
    "anthropic-2.14.0.dist-info/licenses/LICENSE",
    "typing_extensions.py",
]
REMOVED = [
    "botocore/data/ec2",
    "botocore/data/kms",
    "botocore/data/dynamodb/2011-12-05",
    "botocore/data/s3/2006-03-01/examples-1.json",
    "boto3/data/ec2/2016-11-15/resources-1.json",
    "boto3/examples/s3.rst",
    "simplejson/tests/test_decimal.py",
    "rpds/__init__.pyi",
    "bin/httpx2",
    "anthropic-2.14.0.dist-info/RECORD",
    "anthropic-2.14.0.dist-info/INSTALLER",
]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "devtools.lambda_package.slim", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("package")
    data = directory / "botocore" / "data"
    data.mkdir(parents=True)
    for name in REAL:
        path = BOTOCORE / "data" / name
        (shutil.copytree if path.is_dir() else shutil.copy)(path, data / name)
    for name in KEPT + REMOVED:
        path = directory / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x" * 1000)
    done = run(str(directory))
    assert done.returncode == 0, done.stderr
    return directory


def loader(data: Path) -> Loader:
    """Of the data alone, and as botocore's own: with another's it would leave the endpoint rules aside."""
    own = type("Own", (Loader,), {"BUILTIN_DATA_PATH": str(data)})
    found: Loader = own(extra_search_paths=[str(data)], include_default_search_paths=False)
    return found


def model(found: Loader, service: str) -> ServiceModel:
    return ServiceModel(found.load_service_model(service, "service-2"), service)


def told(shape: Shape | None, inside: tuple[str, ...] = ()) -> object:
    """All that serialisers and parsers read of a shape; one that holds itself is told once."""
    if shape is None or shape.name in inside:
        return None if shape is None else shape.name
    within = (*inside, shape.name)
    members = {name: told(member, within) for name, member in getattr(shape, "members", {}).items()}
    others = [told(getattr(shape, name), within) for name in ("member", "key", "value") if hasattr(shape, name)]
    return shape.type_name, shape.serialization, shape.metadata, members, others


def test_what_functions_read_stays(package: Path) -> None:
    assert [name for name in KEPT if not (package / name).is_file()] == []


def test_what_they_never_read_goes(package: Path) -> None:
    assert [name for name in REMOVED if (package / name).exists()] == []


@pytest.mark.parametrize(("service", "operation"), [(s, o) for s, all_ in OPERATIONS.items() for o in sorted(all_)])
def test_an_operation_is_described_as_botocore_describes_it(package: Path, service: str, operation: str) -> None:
    ours, theirs = (
        model(loader(data), service).operation_model(operation)
        for data in (package / "botocore" / "data", BOTOCORE / "data")
    )
    for part in ("input_shape", "output_shape"):
        assert told(getattr(ours, part)) == told(getattr(theirs, part))
    assert list(map(told, ours.error_shapes)) == list(map(told, theirs.error_shapes))
    for part in (
        "http",
        "auth",
        "auth_type",
        "endpoint",
        "http_checksum",
        "static_context_parameters",
        "idempotent_members",
    ):
        assert getattr(ours, part) == getattr(theirs, part)


@pytest.mark.parametrize("service", OPERATIONS)
def test_a_service_keeps_its_endpoints_and_its_clients_parameters(package: Path, service: str) -> None:
    ours, theirs = (loader(data) for data in (package / "botocore" / "data", BOTOCORE / "data"))
    assert model(ours, service).metadata == model(theirs, service).metadata
    assert model(ours, service).client_context_parameters == model(theirs, service).client_context_parameters
    assert ours.load_service_model(service, "endpoint-rule-set-1") == theirs.load_service_model(
        service, "endpoint-rule-set-1"
    )
    old, new = (EndpointResolver(found.load_data("endpoints")) for found in (theirs, ours))
    for partition in old.get_available_partitions():
        regions = old.get_available_endpoints(service, partition, allow_non_regional=True)
        assert new.get_available_endpoints(service, partition, allow_non_regional=True) == regions
        for region in regions:
            assert new.construct_endpoint(service, region, partition) == old.construct_endpoint(
                service, region, partition
            )


def named() -> Iterator[str]:
    """What `src` calls on anything, and each text that may be the name of a method (`get_paginator("query")`)."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr=name)) | ast.Constant(value=str(name)):
                    yield name


def test_what_the_functions_call_is_what_stays() -> None:
    names, whole = set(named()), loader(BOTOCORE / "data")
    # botocore itself calls these.
    by_botocore = {"CreateSession", "DescribeEndpoints", "HeadBucket", *OPERATIONS["sts"]}
    for service, kept in OPERATIONS.items():
        known = {operation for operation in model(whole, service).operation_names if xform_name(operation) in names}
        assert known == kept - by_botocore, service


#: A call of each service, and the body of its answer.
CALLS: dict[str, tuple[str, dict[str, Any], bytes]] = {
    "dynamodb": ("get_item", {"TableName": "t", "Key": {"pk": {"S": "a"}}}, b'{"Item": {"pk": {"S": "a"}}}'),
    "lambda": ("invoke", {"FunctionName": "f", "Payload": b"{}"}, b"{}"),
    "s3": ("put_object", {"Bucket": "b", "Key": "k", "Body": b"text"}, b""),
    "sns": (
        "publish",
        {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:t", "Message": "m"},
        b"<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>",
    ),
    "sqs": (
        "send_message",
        {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/q", "MessageBody": "m"},
        b'{"MessageId": "m"}',
    ),
    "ssm": ("get_parameter", {"Name": "n"}, b'{"Parameter": {"Name": "n", "Version": 3}}'),
    "sts": (
        "assume_role",
        {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "session"},
        b"<AssumeRoleResponse><AssumeRoleResult><SourceIdentity>s</SourceIdentity></AssumeRoleResult></AssumeRoleResponse>",
    ),
}


def sent(data: Path, service: str, region: str, **settings: bool) -> tuple[str | None, str, object, dict[str, Any]]:
    """Where a call goes, for where it is signed, its body, and what botocore makes of the answer."""
    session = botocore.session.Session()
    session.register_component("data_loader", loader(data))
    config = Config(**settings)  # type: ignore[arg-type]
    client: Any = session.create_client(
        service, region, config=config, aws_access_key_id="a", aws_secret_access_key="b"
    )
    requests: list[AWSPreparedRequest] = []
    name, arguments, body = CALLS[service]

    def answered(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        requests.append(request)
        return AWSResponse(str(request.url), 200, HTTPHeaders(), HTTPResponse(BytesIO(body), preload_content=False))

    client.meta.events.register("before-send", answered)
    answer = getattr(client, name)(**arguments)
    answer.pop("Payload", None)  # a stream of its own each time
    (request,) = requests
    sent_body: Any = request.body
    scope = str(request.headers["Authorization"]).split("/aws4_request")[0]
    return request.url, scope, sent_body.read() if hasattr(sent_body, "read") else sent_body, answer


@pytest.mark.parametrize(
    ("region", "settings"),
    [
        ("us-east-1", {}),
        ("eu-west-1", {"use_dualstack_endpoint": True}),
        ("us-gov-west-1", {"use_fips_endpoint": True}),
        ("cn-north-1", {}),
        ("nowhere-9", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "".join(value),
)
@pytest.mark.parametrize("service", OPERATIONS)
def test_a_call_is_made_as_by_the_whole_of_botocore(
    package: Path, service: str, region: str, settings: dict[str, bool]
) -> None:
    ours, theirs = (
        sent(data, service, region, **settings) for data in (package / "botocore" / "data", BOTOCORE / "data")
    )
    assert ours == theirs


def test_a_second_run_finds_nothing_more(package: Path) -> None:
    assert "0.0 MB less" in run(str(package)).stdout


def test_a_missing_directory_is_an_error(tmp_path: Path) -> None:
    done = run(str(tmp_path / "nowhere"))
    assert done.returncode != 0
    assert "is not a directory" in done.stderr


def test_wrong_arguments_show_the_usage() -> None:
    done = run()
    assert (done.returncode, done.stderr) == (2, "usage: python -m devtools.lambda_package.slim DIRECTORY\n")
