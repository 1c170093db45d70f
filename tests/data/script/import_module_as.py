import shotgun_api3 as sgapi
sg = sgapi.Shotgun('https://x.example')
