#!powershell

# Copyright: the trustmend authors
# GNU General Public License v3.0 or later (see COPYING)
# SPDX-License-Identifier: GPL-3.0-or-later

#Requires -Module Ansible.ModuleUtils.Legacy
#Requires -Module Ansible.ModuleUtils.ArgvParser

# Runs trustmend.exe on a Windows host: the one that is installed, or the one that is staged, or
# else the one that the action plugin has brought along, which is staged first. What it answers
# with is documented in windows_program.py. For Windows PowerShell 5.1.
#
# Not with Ansible.Basic: that compiles C# on the host for every task, and writes all options to
# the event log, where the contents of files that travel in a request do not belong.

$parameters = Parse-Args -arguments $args -supports_check_mode $true
$arguments = Get-AnsibleParam -obj $parameters -name 'arguments' -type 'list' -failifempty $true
$keep = Get-AnsibleParam -obj $parameters -name 'keep' -type 'bool' -default $false
$program = Get-AnsibleParam -obj $parameters -name 'program' -type 'str'
$programs = Get-AnsibleParam -obj $parameters -name 'programs' -type 'list' -failifempty $true
$request = Get-AnsibleParam -obj $parameters -name 'request' -type 'str' -default ''
$version = Get-AnsibleParam -obj $parameters -name 'version' -type 'str' -failifempty $true

$architecture = $env:PROCESSOR_ARCHITEW6432 # set in a 32-bit PowerShell only
if (-not $architecture) {
    $architecture = $env:PROCESSOR_ARCHITECTURE
}
$platform = "Windows-$architecture"
$hash = ''
foreach ($entry in $programs) {
    $key, $sum = $entry -split ':'
    if ($key -eq $platform) {
        $hash = $sum
    }
}
$result = @{ changed = $false; platform = $platform }

$user = [Security.Principal.WindowsIdentity]::GetCurrent()
$principal = New-Object -TypeName Security.Principal.WindowsPrincipal -ArgumentList $user
$elevated = $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)

# Whose files are relied on: SYSTEM, Administrators, TrustedInstaller, and the caller.
$trusted = @(
    'S-1-5-18',
    'S-1-5-32-544',
    'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464',
    $user.User.Value
)

# What an elevated caller makes: SYSTEM and Administrators may do everything, Users read and
# execute. trustmend.exe gives its own directory there the same.
$protected = 'O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)'

# What others may have in directories of an elevated caller: to read and execute; and where the
# directory is shared, to make new entries, as everybody may below ProgramData.
$readOnly = 0x1200A9
$readAndMake = 0x1201BF

$base = [Environment]::GetFolderPath('LocalApplicationData')
if ($elevated) {
    $base = [Environment]::GetFolderPath('CommonApplicationData')
}
$store = [IO.Path]::Combine($base, 'trustmend')
$directory = [IO.Path]::Combine($store, $hash)
$staged = [IO.Path]::Combine($directory, 'trustmend.exe')

function Get-AccountName([string]$Sid) {
    try {
        $identifier = New-Object -TypeName Security.Principal.SecurityIdentifier -ArgumentList $Sid
        return $identifier.Translate([Security.Principal.NTAccount]).Value
    }
    catch {
        return $Sid
    }
}

# Why a file or directory must not be relied on; nothing where it may be. Every user may make
# directories below ProgramData, so that ours could be another user's, or lead elsewhere.
function Get-Objection([string]$Path, [int]$Others) {
    $item = Get-Item -LiteralPath $Path -Force
    if ([int]$item.Attributes -band [int][IO.FileAttributes]::ReparsePoint) {
        return "$Path is a link"
    }
    $security = Get-Acl -LiteralPath $Path
    $owner = $security.GetOwner([Security.Principal.SecurityIdentifier]).Value
    if ($trusted -notcontains $owner) {
        return "$Path belongs to $(Get-AccountName $owner)"
    }
    if (-not $elevated) {
        return
    }
    foreach ($rule in $security.GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])) {
        $sid = $rule.IdentityReference.Value
        $excess = [int]$rule.FileSystemRights -band (-bnot $Others)
        $passedOn = [int]$rule.PropagationFlags -band [int][Security.AccessControl.PropagationFlags]::InheritOnly
        if ($rule.AccessControlType -eq 'Allow' -and $excess -and -not $passedOn -and $trusted -notcontains $sid) {
            return "$Path can be changed by $(Get-AccountName $sid)"
        }
    }
}

function Assert-Reliable([string]$Path, [int]$Others) {
    $objection = Get-Objection -Path $Path -Others $Others
    if ($objection) {
        throw "${objection}: remove it, or give it to Administrators and let nobody else change it"
    }
}

function Get-Sha256([string]$Path) {
    $algorithm = New-Object -TypeName Security.Cryptography.SHA256CryptoServiceProvider
    $stream = [IO.File]::Open($Path, 'Open', 'Read', 'Read')
    try {
        return [BitConverter]::ToString($algorithm.ComputeHash($stream)).Replace('-', '')
    }
    finally {
        $stream.Dispose()
    }
}

# Is the right program staged, where nobody else can change it?
function Test-Staged {
    if (-not $hash -or -not $base -or -not [IO.File]::Exists($staged)) {
        return $false
    }
    try {
        Assert-Reliable -Path $store -Others $readAndMake
        Assert-Reliable -Path $directory -Others $readOnly
        Assert-Reliable -Path $staged -Others $readOnly
        return (Get-Sha256 -Path $staged) -eq $hash
    }
    catch {
        return $false
    }
}

# Runs a program with these bytes on its standard input. Not through Ansible.Process, which
# waits for ever for a program that ends without reading all of a large input.
function Invoke-Program([string]$Path, [string[]]$Words, [byte[]]$Data = @()) {
    $start = New-Object -TypeName Diagnostics.ProcessStartInfo
    $start.FileName = $Path
    $start.Arguments = Argv-ToString -arguments $Words
    # Not where the login begins: a profile's relative paths must not be its user's to fill.
    $start.WorkingDirectory = [Environment]::SystemDirectory
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardOutputEncoding = New-Object -TypeName Text.UTF8Encoding -ArgumentList $false
    $start.StandardErrorEncoding = $start.StandardOutputEncoding
    try {
        $process = [Diagnostics.Process]::Start($start)
    }
    catch {
        throw "$Path does not run here: $($_.Exception.GetBaseException().Message)"
    }
    $stdout = $process.StandardOutput.ReadToEndAsync()
    $stderr = $process.StandardError.ReadToEndAsync()
    try {
        $process.StandardInput.BaseStream.Write($Data, 0, $Data.Length)
        $process.StandardInput.Close()
    }
    catch [IO.IOException] {
        $null = $_ # it ended without reading everything, and its output says why
    }
    $process.WaitForExit()
    return @{ rc = $process.ExitCode; stdout = $stdout.Result; stderr = $stderr.Result }
}

function Assert-Starts([string]$Path) {
    $answer = Invoke-Program -Path $Path -Words @('--version')
    if ($answer.rc -ne 0) {
        throw "$Path does not run here: status $($answer.rc) $($answer.stderr)"
    }
}

# The program that is there; nothing where it has to be staged.
function Find-Program {
    $installed = [IO.Path]::Combine([Environment]::GetFolderPath('ProgramFiles'), 'trustmend', 'trustmend.exe')
    if ([IO.File]::Exists($installed)) {
        try {
            $answer = Invoke-Program -Path $installed -Words @('--version')
            if ($answer.stdout.Trim() -eq "trustmend $version") {
                return $installed
            }
        }
        catch {
            $null = $_ # one that does not run is none
        }
    }
    if (Test-Staged) {
        return $staged
    }
}

# A directory of the caller's. Whoever is elevated says in the same moment who may do what in it,
# so that nobody else gets a chance. One that exists stays as it is.
function New-OwnDirectory([string]$Path) {
    if (-not $elevated) {
        $null = [IO.Directory]::CreateDirectory($Path)
        return
    }
    $security = New-Object -TypeName Security.AccessControl.DirectorySecurity
    $security.SetSecurityDescriptorSddlForm($protected)
    if ($PSVersionTable.PSVersion.Major -lt 6) {
        $null = [IO.Directory]::CreateDirectory($Path, $security)
    }
    else {
        $null = [IO.FileSystemAclExtensions]::CreateDirectory($security, $Path)
    }
}

# Copies what was brought along, and compares the copy: the original lies where the user of the
# connection could have changed it.
function Copy-Program([string]$Path) {
    try {
        [IO.File]::Copy($program, $Path)
    }
    catch {
        throw "cannot copy $program to ${Path}: $($_.Exception.GetBaseException().Message)"
    }
    if ((Get-Sha256 -Path $Path) -ne $hash) {
        throw "the program did not arrive whole in ${Path}: is the disk full, or did a virus scanner change it?"
    }
}

# Files of runs that were killed; those of living ones stay.
function Remove-Leftover {
    foreach ($file in [IO.Directory]::GetFiles($directory, 'trustmend.new-*')) {
        $isOurs = $file -match 'trustmend\.new-([0-9]{1,9})-[0-9a-f]+$'
        if ($isOurs -and -not (Get-Process -Id $Matches[1] -ErrorAction SilentlyContinue)) {
            try {
                [IO.File]::Delete($file)
            }
            catch {
                $null = $_ # somebody still reads it: the next run tries again
            }
        }
    }
}

# Stages the program. Whoever looks finds the whole of it, or nothing yet.
function Save-Program {
    if (-not $base) {
        throw "$($user.Name) has no directory for application data: sign in once, or become somebody who has"
    }
    New-OwnDirectory -Path $store
    New-OwnDirectory -Path $directory
    Assert-Reliable -Path $store -Others $readAndMake
    Assert-Reliable -Path $directory -Others $readOnly
    Remove-Leftover
    $new = [IO.Path]::Combine($directory, "trustmend.new-$PID-" + [Guid]::NewGuid().ToString('N'))
    try {
        Copy-Program -Path $new
        [IO.File]::Delete($staged) # whatever it was, it was not the right one
        [IO.File]::Move($new, $staged)
    }
    catch {
        # Another run may have staged the same meanwhile, and run it: then nothing is missing.
        if (-not (Test-Staged)) {
            throw
        }
    }
    finally {
        [IO.File]::Delete($new)
    }
    Assert-Starts -Path $staged
    return $staged
}

function Remove-OwnDirectory([string]$Path) {
    # Virus scanners hold programs for a moment after they have run.
    for ($attempt = 0; $attempt -lt 50 -and [IO.Directory]::Exists($Path); $attempt++) {
        try {
            [IO.Directory]::Delete($Path, $true)
        }
        catch {
            Start-Sleep -Milliseconds 100
        }
    }
    if ([IO.Directory]::Exists($Path)) {
        Add-Warning -obj $result -message "$Path could not be removed: do it by hand"
    }
}

function Complete-Run([string]$Path) {
    $data = [Convert]::FromBase64String($request)
    $answer = Invoke-Program -Path $Path -Words $arguments -Data $data
    $result.rc = $answer.rc
    $result.stdout = $answer.stdout
    $result.stderr = $answer.stderr
    $result.outcome = 'run'
}

# Runs the program from a directory of its own, and leaves nothing behind.
function Invoke-Once {
    $work = [IO.Path]::Combine([IO.Path]::GetTempPath(), 'trustmend-' + [Guid]::NewGuid().ToString('N'))
    try {
        New-OwnDirectory -Path $work
        $copy = [IO.Path]::Combine($work, 'trustmend.exe')
        Copy-Program -Path $copy
        Assert-Starts -Path $copy
        Complete-Run -Path $copy
    }
    finally {
        Remove-OwnDirectory -Path $work
    }
}

try {
    $found = Find-Program
    if ($found) {
        Complete-Run -Path $found
    }
    elseif (-not $hash) {
        $result.outcome = 'unsupported'
    }
    elseif (-not $program) {
        $result.outcome = 'stage'
    }
    elseif ($keep) {
        Complete-Run -Path (Save-Program)
    }
    else {
        Invoke-Once
    }
}
catch {
    $result.outcome = 'failed'
    $result.reason = $_.Exception.GetBaseException().Message
}
Exit-Json -obj $result
