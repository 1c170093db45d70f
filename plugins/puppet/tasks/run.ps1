# What the tasks get, plan and apply run on Windows: parameters as JSON on standard input, the
# program's report on standard output, with _error where it failed. For Windows PowerShell 5.1.
#
# [Console]::In reads in the code page of the console, and JSON is UTF-8.

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$utf8 = New-Object -TypeName Text.UTF8Encoding -ArgumentList $false
$known = 'profile', 'variables', 'resources', 'root', 'lock_timeout', 'diff'

function Write-Text($text) {
    $bytes = $utf8.GetBytes($text + "`n")
    $out = [Console]::OpenStandardOutput()
    $out.Write($bytes, 0, $bytes.Length)
    $out.Flush()
}

function Stop-Task($kind, $message) {
    $failure = @{ _error = @{ kind = "trustmend/$kind"; msg = $message; details = @{} } }
    Write-Text (ConvertTo-Json -InputObject $failure -Depth 5 -Compress)
    exit 1
}

function Get-Value($object, $name) {
    if ($null -ne $object -and $object.PSObject.Properties[$name]) {
        return $object.PSObject.Properties[$name].Value
    }
    return $null
}

function Get-Message($report) {
    $failure = Get-Value $report 'error'
    $who = ''
    if ($null -eq $failure) {
        foreach ($result in $report.results) {
            if ($null -eq $failure -and $null -ne $result.error) {
                $failure = $result.error
                $who = "$($result.type) $($result.name)"
            }
        }
    }
    $said = "$($failure.message)"
    if ($who -and -not $said.Contains($who)) {
        $said = "${who}: $said"
    }
    if ($failure.path -and $failure.path -ne '-' -and -not $said.Contains($failure.path)) {
        $said += ": $($failure.path)"
    }
    if ($failure.hint) {
        $said += " ($($failure.hint))"
    }
    return "$($failure.kind)", $said
}

$reader = New-Object -TypeName IO.StreamReader -ArgumentList ([Console]::OpenStandardInput()), $utf8
try {
    $parameters = ConvertFrom-Json -InputObject $reader.ReadToEnd()
} catch {
    Stop-Task 'invalid_input' 'there is no JSON object on standard input'
}

$request = @{}
foreach ($parameter in $parameters.PSObject.Properties) {
    if ($parameter.Name.StartsWith('_')) {
        continue
    }
    if ($known -notcontains $parameter.Name) {
        Stop-Task 'invalid_input' "there is no parameter $($parameter.Name): there are $($known -join ', ')"
    }
    if ($null -ne $parameter.Value -and 'profile', 'variables', 'resources' -contains $parameter.Name) {
        $request[$parameter.Name] = $parameter.Value
    }
}
if (-not $request.ContainsKey('profile') -and -not $request.ContainsKey('resources')) {
    $request['profile'] = 'shotgrid-ssl'
}

$verb = "$(Get-Value $parameters '_task')" -replace '^.*::', ''
if ('get', 'plan', 'apply' -notcontains $verb) {
    Stop-Task 'invalid_input' "_task is '$verb': this runs the tasks get, plan and apply"
}
if ($verb -eq 'apply' -and (Get-Value $parameters '_noop') -eq $true) {
    $verb = 'plan'
}

$program = Join-Path -Path "$(Get-Value $parameters '_installdir')" -ChildPath 'trustmend\files\bin\trustmend-windows-x86_64.exe'
if (-not (Test-Path -LiteralPath $program)) {
    Stop-Task 'unsupported' "there is no trustmend program: $program is missing"
}

# A backslash before the closing quote would take it for a part of the path.
$words = "$verb --input - --output json"
$root = Get-Value $parameters 'root'
if ($root) {
    if ($root.Contains('"')) {
        Stop-Task 'invalid_input' "root: '$root' is no path"
    }
    $words += " --root `"$($root.TrimEnd('\'))`""
}
$limit = Get-Value $parameters 'lock_timeout'
if ($null -ne $limit) {
    $words += " --lock-timeout $limit"
}
if ((Get-Value $parameters 'diff') -eq $true) {
    $words += ' --diff'
}

$start = New-Object -TypeName Diagnostics.ProcessStartInfo -ArgumentList $program, $words
$start.UseShellExecute = $false
$start.RedirectStandardInput = $true
$start.RedirectStandardOutput = $true
$start.StandardOutputEncoding = $utf8
$start.WorkingDirectory = "$env:SystemRoot"
$process = [Diagnostics.Process]::Start($start)
$bytes = $utf8.GetBytes((ConvertTo-Json -InputObject $request -Depth 20 -Compress))
$process.StandardInput.BaseStream.Write($bytes, 0, $bytes.Length)
$process.StandardInput.Close()
$text = $process.StandardOutput.ReadToEnd()
$process.WaitForExit()

if ($process.ExitCode -eq 0) {
    Write-Text $text
    exit 0
}
try {
    $kind, $message = Get-Message (ConvertFrom-Json -InputObject $text)
} catch {
    Stop-Task 'internal' "trustmend did not answer with a report (status $($process.ExitCode)): $text"
}
$failure = ConvertTo-Json -InputObject @{ kind = "trustmend/$kind"; msg = $message; details = @{} } -Compress
Write-Text ('{"_error": ' + $failure + ',' + $text.TrimStart().Substring(1))
exit 1
