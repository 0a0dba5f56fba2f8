"""What every API shares: authentication, bodies, negotiation, health, documents. No vendor words."""
