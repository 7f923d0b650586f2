"""What a run judges, decided and put together without pytest."""
