"""Running the service: status, metrics, the pass forecast, backups and the demo."""
