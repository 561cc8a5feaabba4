"""The database: models, metrics, snapshots, deliveries, published copies. The only package that opens DuckDB."""
