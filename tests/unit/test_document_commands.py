"""How commands are found in a page, and what the stand-in for the AWS CLI refuses."""

import pytest
from tests.support import aws_command
from tests.support.document_commands import commands_in

_PAGE = """
# A page

```console
$ curl -s http://here \\
    -d '{"a":
         1}'
{"printed": true}
$ make run   # a comment
```

```json
{"no": "command"}
```

    router preset current
    a description

```python
print(1)
```

```console
make test
make check
```
"""


@pytest.fixture(autouse=True)
def _no_search_for_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")


def test_commands_are_found_whole_and_their_output_is_left_out() -> None:
    found = {each.text for each in commands_in("page", _PAGE)}
    assert found == {
        "curl -s http://here \\\n    -d '{\"a\":\n         1}'",
        "make run   # a comment",
        "router preset current",
        "print(1)\n",
        "make test",
        "make check",
    }


def test_a_block_in_python_is_a_program() -> None:
    assert [each.text for each in commands_in("page", _PAGE) if each.python] == ["print(1)\n"]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("dynamodb restore-tables", "no restore-tables"),
        ("dynamodb delete-table --tabel-name x", "no tabel-name"),
        ("dynamodb delete-table", "TableName is missing"),
        ("dynamodb wait table-there --table-name x", "no waiter"),
        ("lambda invoke --function-name x", "one file"),
        ("dynamodb update-time-to-live --table-name x --time-to-live-specification On=true", "no On"),
    ],
)
def test_what_the_aws_cli_would_refuse_is_refused(command: str, why: str) -> None:
    with pytest.raises(aws_command.BadCommand, match=why):
        aws_command.main(command.split(), call=False)


def test_what_fits_the_model_passes() -> None:
    assert aws_command.main(["dynamodb", "delete-table", "--table-name", "x"], call=False) == ""
