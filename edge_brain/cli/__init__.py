"""What one types: `edge-brain`."""
