"""What operators see: logs, metrics, traces and the calls made to Pleo."""
