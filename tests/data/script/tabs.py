from shotgun_api3 import Shotgun
if True:
	sg = Shotgun(
		'https://x.example',
		'tool'
	)
