"""Referrals of persons between plugins and organizations, by consent or by a logged override."""
