"""What several recognizers, necks and backbones share."""
