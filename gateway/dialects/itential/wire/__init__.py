"""What bodies say."""
