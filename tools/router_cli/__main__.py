"""`python -m router_cli`: the `router` command without its being installed."""

from router_cli.main import main

if __name__ == "__main__":
    main()
