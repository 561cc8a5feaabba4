"""The five steps, one module each: ingest, transform, snapshot, publish, track."""
