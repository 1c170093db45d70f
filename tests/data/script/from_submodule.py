from shotgun_api3.shotgun import Shotgun
Shotgun('https://x.example')
