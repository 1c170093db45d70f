from shotgun_api3 import Shotgun
print(f'{Shotgun("u").info()}')
Shotgun(f'https://{host}/')
