"""What every connector shares: the contract, the transports, the errors, the test kit."""
