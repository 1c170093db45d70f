from shotgun_api3 import Shotgun
sg = Shotgun('https://x.example/)(', "a, b)", '''k
)''', http_proxy='#')
