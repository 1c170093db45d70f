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

# Without calling any method: where the language is constrained, that is what does not work.
$language = "$($ExecutionContext.SessionState.LanguageMode)"
if ($language -ne 'FullLanguage') {
    $reason = "PowerShell runs in the $language mode on this host, by AppLocker or App Control for Business: " +
        'allow the scripts of Ansible there, or connect as somebody whom the policy leaves the full language'
    ConvertTo-Json -Compress -InputObject @{ changed = $false; outcome = 'failed'; platform = 'Windows'; reason = $reason }
    exit 0
}

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
# execute. trustmend.exe gives its own directories below ProgramData the same.
$protected = 'O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)'

# What others may have of what an elevated caller relies on: to read and execute.
$readOnly = 0x1200A9

# Of an elevated caller where only administrators make anything: below ProgramData every user could
# be the first to make a directory. What is judged from there on nobody else can exchange.
$base = [Environment]::GetFolderPath('LocalApplicationData')
$work = [IO.Path]::GetTempPath()
if ($elevated) {
    $base = [Environment]::GetFolderPath('ProgramFiles')
    $work = $base
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

# Why something with this security must not be relied on; nothing where it may be.
function Get-Objection([string]$Path, $Security) {
    if ([int][IO.File]::GetAttributes($Path) -band [int][IO.FileAttributes]::ReparsePoint) {
        return "$Path is a link"
    }
    $owner = $Security.GetOwner([Security.Principal.SecurityIdentifier]).Value
    if ($trusted -notcontains $owner) {
        return "$Path belongs to $(Get-AccountName $owner)"
    }
    if (-not $elevated) {
        return
    }
    foreach ($rule in $Security.GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])) {
        $sid = $rule.IdentityReference.Value
        $excess = [int]$rule.FileSystemRights -band (-bnot $readOnly)
        $passedOn = [int]$rule.PropagationFlags -band [int][Security.AccessControl.PropagationFlags]::InheritOnly
        if ($rule.AccessControlType -eq 'Allow' -and $excess -and -not $passedOn -and $trusted -notcontains $sid) {
            return "$Path can be changed by $(Get-AccountName $sid)"
        }
    }
}

function Assert-Reliable([string]$Path, $Security) {
    $objection = Get-Objection -Path $Path -Security $Security
    if ($objection) {
        throw "${objection}: remove it, or give it to Administrators and let nobody else change it"
    }
}

function Assert-Directory([string]$Path) {
    Assert-Reliable -Path $Path -Security (Get-Acl -LiteralPath $Path)
}

# A virus scanner that finds fault with the program says so in numbers, or takes it away.
function Get-Reason([Exception]$Exception) {
    $cause = $Exception.GetBaseException()
    $code = $cause.HResult -band 0xFFFF
    if ($cause -is [ComponentModel.Win32Exception]) {
        $code = $cause.NativeErrorCode
    }
    if ($code -eq 225 -or $code -eq 226) {
        return "a virus scanner takes it for harmful: make an exception for it ($($cause.Message))"
    }
    if ($code -eq 1260 -or $code -eq 4551) {
        return "AppLocker or App Control for Business forbids it: allow it by its hash or directory ($($cause.Message))"
    }
    if ($code -eq 2) {
        return "it was there a moment ago and is gone: virus scanners do that, make an exception for it ($($cause.Message))"
    }
    return $cause.Message
}

function Open-Program([string]$Path) {
    try {
        return [IO.File]::Open($Path, 'Open', 'Read', 'Read')
    }
    catch {
        throw "cannot open ${Path}: $(Get-Reason $_.Exception)"
    }
}

# Judges what is open, by its handle.
function Assert-Program([string]$Path, [IO.FileStream]$Stream) {
    if ($PSVersionTable.PSVersion.Major -lt 6) {
        $security = $Stream.GetAccessControl()
    }
    else {
        $security = [IO.FileSystemAclExtensions]::GetAccessControl($Stream)
    }
    Assert-Reliable -Path $Path -Security $security
}

function Get-Sha256([IO.FileStream]$Stream) {
    $algorithm = New-Object -TypeName Security.Cryptography.SHA256CryptoServiceProvider
    $Stream.Position = 0
    return [BitConverter]::ToString($algorithm.ComputeHash($Stream)).Replace('-', '')
}

# The right program, where it is staged and nobody else can change it, opened; or nothing. As long
# as it is open nobody writes to it, removes it or gives its name to another one.
function Open-Staged {
    if (-not $hash -or -not $base -or -not [IO.File]::Exists($staged)) {
        return
    }
    $stream = $null
    try {
        Assert-Directory -Path $store
        Assert-Directory -Path $directory
        $stream = Open-Program -Path $staged
        Assert-Program -Path $staged -Stream $stream
        if ((Get-Sha256 -Stream $stream) -eq $hash) {
            return $stream
        }
    }
    catch {
        $null = $_ # then it is staged anew, and that says why it cannot be
    }
    if ($stream) {
        $stream.Dispose()
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
        throw "$Path does not run here: $(Get-Reason $_.Exception)"
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

# The installed program, opened, where it is of the right version and nobody else can change it.
function Open-Installed {
    $directories = [Environment]::GetFolderPath('ProgramFiles')
    $installed = [IO.Path]::Combine($directories, 'trustmend', 'trustmend.exe')
    if (-not [IO.File]::Exists($installed)) {
        return
    }
    $stream = $null
    try {
        Assert-Directory -Path ([IO.Path]::Combine($directories, 'trustmend'))
        $stream = Open-Program -Path $installed
        Assert-Program -Path $installed -Stream $stream
        $answer = Invoke-Program -Path $installed -Words @('--version')
        if ($answer.stdout.Trim() -eq "trustmend $version") {
            return $stream
        }
    }
    catch {
        $null = $_ # one that cannot be relied on, or does not run, is none
    }
    if ($stream) {
        $stream.Dispose()
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

# Copies what was brought along, and compares the copy, which stays open: the original lies where the
# user of the connection could have changed it.
function Copy-Program([string]$Path) {
    try {
        [IO.File]::Copy($program, $Path)
    }
    catch {
        throw "cannot copy $program to ${Path}: $(Get-Reason $_.Exception)"
    }
    $stream = Open-Program -Path $Path
    if ((Get-Sha256 -Stream $stream) -ne $hash) {
        $stream.Dispose()
        throw "the program did not arrive whole in ${Path}: is the disk full, or did a virus scanner change it?"
    }
    return $stream
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

# Stages the program, and gives it opened. Whoever looks finds the whole of it, or nothing yet.
function Save-Program {
    if (-not $base) {
        throw "$($user.Name) has no directory for application data: sign in once, or become somebody who has"
    }
    New-OwnDirectory -Path $store
    Assert-Directory -Path $store
    New-OwnDirectory -Path $directory
    Assert-Directory -Path $directory
    Remove-Leftover
    $new = [IO.Path]::Combine($directory, "trustmend.new-$PID-" + [Guid]::NewGuid().ToString('N'))
    try {
        (Copy-Program -Path $new).Dispose()
        [IO.File]::Delete($staged) # whatever it was, it was not the right one
        [IO.File]::Move($new, $staged)
    }
    catch {
        # Another run may have staged the same meanwhile, and run it: then nothing is missing.
        $stream = Open-Staged
        if ($stream) {
            return $stream
        }
        throw
    }
    finally {
        [IO.File]::Delete($new)
    }
    $stream = Open-Program -Path $staged
    if ((Get-Sha256 -Stream $stream) -ne $hash) {
        $stream.Dispose()
        throw "$staged is not what was staged: did a virus scanner change it?"
    }
    Assert-Starts -Path $staged
    return $stream
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

# Runs the program that is held open, so that it is the one that was judged, and lets go of it.
function Complete-Run([IO.FileStream]$Stream) {
    try {
        $data = [Convert]::FromBase64String($request)
        $answer = Invoke-Program -Path $Stream.Name -Words $arguments -Data $data
    }
    finally {
        $Stream.Dispose()
    }
    $result.rc = $answer.rc
    $result.stdout = $answer.stdout
    $result.stderr = $answer.stderr
    $result.outcome = 'run'
}

# Runs the program from a directory of its own, and leaves nothing behind.
function Invoke-Once {
    $own = [IO.Path]::Combine($work, 'trustmend-' + [Guid]::NewGuid().ToString('N'))
    try {
        New-OwnDirectory -Path $own
        Assert-Directory -Path $own
        $stream = Copy-Program -Path ([IO.Path]::Combine($own, 'trustmend.exe'))
        Assert-Starts -Path $stream.Name
        Complete-Run -Stream $stream
    }
    finally {
        Remove-OwnDirectory -Path $own
    }
}

try {
    $found = Open-Installed
    if (-not $found) {
        $found = Open-Staged
    }
    if ($found) {
        Complete-Run -Stream $found
    }
    elseif (-not $hash) {
        $result.outcome = 'unsupported'
    }
    elseif (-not $program) {
        $result.outcome = 'stage'
    }
    elseif ($keep) {
        Complete-Run -Stream (Save-Program)
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
