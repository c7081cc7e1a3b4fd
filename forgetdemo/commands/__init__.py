"""The command line's commands: flags to settings, a stage, print."""
