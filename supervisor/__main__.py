"""`python -P -m supervisor`: the `stepwell` command, as it is called where no script is installed, and by itself."""

from supervisor.cli import main

if __name__ == "__main__":
    main()
