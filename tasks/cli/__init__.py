"""The command line, `pleo-export`: one module for each command or group of commands."""
