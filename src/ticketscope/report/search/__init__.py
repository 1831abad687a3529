"""The section on search: what beams of several sizes find."""
