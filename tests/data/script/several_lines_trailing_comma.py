from shotgun_api3 import Shotgun
sg = Shotgun(
    'https://x.example',
    script_name='tool',
    api_key='key',
)
