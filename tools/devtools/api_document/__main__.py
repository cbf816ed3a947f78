"""`python -m devtools.api_document`: writes docs/openapi.json. A test holds that it is current."""

from pathlib import Path

from devtools.api_document.document import text

TARGET = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"


def main() -> None:
    TARGET.write_text(text(), encoding="utf-8")
    print(TARGET)


if __name__ == "__main__":
    main()
