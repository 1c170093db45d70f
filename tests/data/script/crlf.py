from shotgun_api3 import Shotgun
sg = Shotgun(
    'https://x.example',
    'tool',  # c
    'key'
)
print('end')
