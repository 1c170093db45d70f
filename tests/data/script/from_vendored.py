from studio.vendor.shotgun_api3 import Shotgun
Shotgun('https://x.example')
