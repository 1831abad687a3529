"""The section on calibration: is what a network says with 80 % confidence right in 80 %?"""
