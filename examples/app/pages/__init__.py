"""The pages of the service, as templates."""
