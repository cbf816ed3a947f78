"""Judges the ids of applications: whether one program keeps one id, and whether two programs have two."""
