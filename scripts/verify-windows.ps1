<#
.SYNOPSIS
Verifies trustmend on one real Windows machine, in about five minutes.

.DESCRIPTION
The tests of trustmend run under Wine, which has no group policy, enforces no access control
lists and builds certificate chains in its own way. This script checks what they cannot. It works
with throw-away certificates, a throw-away variable and a directory of its own, and removes all
of them again, also after a failure. Nothing else on the machine is changed.

Run it in an elevated PowerShell (5.1 or 7):

    powershell -ExecutionPolicy Bypass -File verify-windows.ps1 -Trustmend C:\path\trustmend.exe

.PARAMETER Trustmend
The trustmend.exe to verify.

.PARAMETER SkipGroupPolicy
Leaves out the check that adds a certificate to the group policy store of this machine.

.OUTPUTS
One line a check, PASS, FAIL or SKIP; a last line with numbers. The exit status is the number of
failed checks.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)][string]$Trustmend,
    [switch]$SkipGroupPolicy
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$Trustmend = (Resolve-Path -LiteralPath $Trustmend).ProviderPath
$Work = Join-Path $env:ProgramData ('trustmend-verify-' + [Guid]::NewGuid().ToString('N').Substring(0, 8))
$Variable = 'TRUSTMEND_VERIFY'
$MachineKey = 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
$script:Passed = 0
$script:Failed = 0
$script:Skipped = 0

function Show([string]$Verdict, [string]$Text, [string]$Detail = '') {
    $line = '{0,-4} {1}' -f $Verdict, $Text
    if ($Detail) { $line += ": $Detail" }
    Write-Output $line
}

# Runs one check: the block throws, or answers $false, when it fails.
function Check([string]$Text, [scriptblock]$Block) {
    try {
        $answer = & $Block
        if ($answer -contains $false) { throw 'not as expected' }
        $script:Passed++
        Show 'PASS' $Text
    } catch {
        $script:Failed++
        Show 'FAIL' $Text $_.Exception.Message
    }
}

function Skip([string]$Text, [string]$Why) {
    $script:Skipped++
    Show 'SKIP' $Text $Why
}

# Runs trustmend and gives its report with the exit status beside it.
function Invoke-Trustmend([string[]]$Arguments) {
    $ErrorActionPreference = 'Continue' # or PowerShell 5.1 throws at the first line of stderr
    $output = & $Trustmend @Arguments '--output' 'json' 2>$null
    $status = $LASTEXITCODE
    $report = ($output -join "`n") | ConvertFrom-Json
    $report | Add-Member -NotePropertyName status -NotePropertyValue $status
    return $report
}

function Assert-Status($Report, [int]$Status) {
    if ($Report.status -ne $Status) {
        $why = ''
        foreach ($result in @($Report.results)) {
            if ($result.error) { $why = $result.error.message }
        }
        throw "exit status $($Report.status), expected $Status $why"
    }
}

function New-TestCertificate([string]$Name) {
    $made = New-SelfSignedCertificate -Subject "CN=trustmend verify $Name" -KeyExportPolicy NonExportable `
        -CertStoreLocation Cert:\CurrentUser\My -NotAfter (Get-Date).AddDays(2) `
        -KeyUsage 'CertSign', 'CRLSign' -TextExtension @('2.5.29.19={critical}{text}CA=1')
    $file = Join-Path $Work "$Name.cer"
    Export-Certificate -Cert $made -FilePath $file | Out-Null
    Remove-Item -LiteralPath $made.PSPath -DeleteKey -ErrorAction SilentlyContinue
    return [pscustomobject]@{ File = $file; Thumbprint = $made.Thumbprint; Certificate = $made }
}

function Test-InStore([string]$Store, [string]$Thumbprint) {
    return Test-Path -LiteralPath "Cert:\$Store\$Thumbprint"
}

# Does Windows itself trust it, in a process that starts now?
function Test-Trusted([string]$File) {
    $code = @'
$certificate = New-Object Security.Cryptography.X509Certificates.X509Certificate2 $args[0]
$chain = New-Object Security.Cryptography.X509Certificates.X509Chain
$chain.ChainPolicy.RevocationMode = 'NoCheck'
if ($chain.Build($certificate)) { 'trusted' } else { 'not trusted' }
'@
    $script = Join-Path $Work 'trusted.ps1'
    Set-Content -LiteralPath $script -Value $code -Encoding ASCII
    $answer = & powershell.exe -NoProfile -ExecutionPolicy Bypass -File $script $File
    return "$answer".Trim() -eq 'trusted'
}

function Get-RawVariable([string]$Name) {
    $key = Get-Item -LiteralPath $MachineKey
    if ($key.GetValueNames() -notcontains $Name) { return $null }
    return [pscustomobject]@{
        Text = $key.GetValue($Name, $null, 'DoNotExpandEnvironmentNames')
        Kind = $key.GetValueKind($Name).ToString()
    }
}

$identity = New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    Write-Output 'verify-windows.ps1: run this in an elevated PowerShell (Run as administrator)'
    exit 100
}

$roots = @()
New-Item -ItemType Directory -Path $Work | Out-Null
try {
    Write-Output ("Windows {0}, {1}" -f [Environment]::OSVersion.Version, (& $Trustmend '--version'))
    $one = New-TestCertificate 'one'
    $two = New-TestCertificate 'two'
    $roots = @($one, $two)

    # ---- anchor ----
    Check 'plan says that the root is missing, and adds nothing' {
        $report = Invoke-Trustmend @('anchor', 'plan', "certificate=$($one.File)", "sha1=$($one.Thumbprint)")
        Assert-Status $report 0
        $report.changed -and -not (Test-InStore 'LocalMachine\Root' $one.Thumbprint)
    }
    Check 'apply adds it to LocalMachine\Root, where others see it' {
        Assert-Status (Invoke-Trustmend @('anchor', 'apply', "certificate=$($one.File)")) 0
        (Test-InStore 'LocalMachine\Root' $one.Thumbprint)
    }
    Check 'Windows builds a chain to it in a new process' { Test-Trusted $one.File }
    Check 'a second apply changes nothing' {
        -not (Invoke-Trustmend @('anchor', 'apply', "certificate=$($one.File)")).changed
    }
    Check 'list shows it as effective' {
        $found = @((Invoke-Trustmend @('anchor', 'list')).results | Where-Object { $_.state.sha1 -eq $one.Thumbprint })
        $found.Count -eq 1 -and $found[0].state.effective
    }
    Check 'distrusted: in Disallowed, out of Root, and refused by Windows' {
        Assert-Status (Invoke-Trustmend @('anchor', 'apply', "certificate=$($one.File)", 'state=distrusted')) 0
        (Test-InStore 'LocalMachine\Disallowed' $one.Thumbprint) -and
            (-not (Test-InStore 'LocalMachine\Root' $one.Thumbprint)) -and -not (Test-Trusted $one.File)
    }
    Check 'present again: taken out of Disallowed, trusted' {
        Assert-Status (Invoke-Trustmend @('anchor', 'apply', "certificate=$($one.File)")) 0
        (-not (Test-InStore 'LocalMachine\Disallowed' $one.Thumbprint)) -and (Test-Trusted $one.File)
    }
    Check 'a root in CA is put there, and Windows does not trust it' {
        Assert-Status (Invoke-Trustmend @('anchor', 'apply', "certificate=$($two.File)", 'store=LocalMachine/CA')) 0
        $state = (Invoke-Trustmend @('anchor', 'get', "certificate=$($two.File)", 'store=LocalMachine/CA')).results[0].state
        $right = (-not $state.effective) -and (-not (Test-Trusted $two.File))
        Assert-Status (Invoke-Trustmend @('anchor', 'apply', "certificate=$($two.File)", 'store=LocalMachine/CA', 'state=absent')) 0
        $right
    }
    Check 'CurrentUser/Root is another store' {
        Assert-Status (Invoke-Trustmend @('anchor', 'get', "certificate=$($two.File)", 'store=CurrentUser/Root')) 0
        -not (Test-InStore 'LocalMachine\Root' $two.Thumbprint)
    }
    if ($SkipGroupPolicy) {
        Skip 'group policy is named as the origin' 'asked to'
    } else {
        Check 'group policy is named as the origin, and nothing is tried' {
            & certutil.exe -f -grouppolicy -addstore Root $two.File | Out-Null
            $report = Invoke-Trustmend @('anchor', 'plan', "certificate=$($two.File)", 'state=absent')
            Assert-Status $report 1
            $report.results[0].error.message -match 'group policy'
        }
    }
    Check 'absent removes it for every process' {
        Assert-Status (Invoke-Trustmend @('anchor', 'apply', "certificate=$($one.File)", 'state=absent')) 0
        (-not (Test-InStore 'LocalMachine\Root' $one.Thumbprint)) -and -not (Test-Trusted $one.File)
    }

    # ---- env ----
    Check 'a variable of the machine is written as text' {
        Assert-Status (Invoke-Trustmend @('env', 'apply', "name=$Variable", 'value=C:\verify\ca.pem')) 0
        $raw = Get-RawVariable $Variable
        $raw.Text -eq 'C:\verify\ca.pem' -and $raw.Kind -eq 'String'
    }
    Check 'REG_EXPAND_SZ and its raw text survive another value' {
        Set-ItemProperty -LiteralPath $MachineKey -Name $Variable -Type ExpandString -Value '%ProgramData%\a.pem'
        Assert-Status (Invoke-Trustmend @('env', 'apply', "name=$Variable", 'value=%ProgramData%\b.pem')) 0
        $raw = Get-RawVariable $Variable
        $raw.Text -eq '%ProgramData%\b.pem' -and $raw.Kind -eq 'ExpandString'
    }
    Check 'a second apply changes nothing' {
        -not (Invoke-Trustmend @('env', 'apply', "name=$Variable", 'value=%ProgramData%\b.pem')).changed
    }
    Check 'absent unsets it' {
        Assert-Status (Invoke-Trustmend @('env', 'apply', "name=$Variable", 'state=absent')) 0
        $null -eq (Get-RawVariable $Variable)
    }

    # ---- bundle, core_api ----
    $bundle = Join-Path $Work 'ca\bundle.pem'
    Check 'a bundle from the store of this machine' {
        $report = Invoke-Trustmend @('bundle', 'apply', "path=$bundle", 'sources=system', 'requires=')
        Assert-Status $report 0
        (Get-Content -LiteralPath $bundle -Raw) -match 'BEGIN CERTIFICATE'
    }
    Check 'ordinary users may read it and not change it' {
        $writers = (Get-Acl -LiteralPath $bundle).Access | Where-Object {
            $_.AccessControlType -eq 'Allow' -and
            $_.IdentityReference.Value -match 'Users$|Everyone|Authenticated' -and
            ($_.FileSystemRights -band [Security.AccessControl.FileSystemRights]::WriteData)
        }
        -not $writers
    }
    Check 'access control lists survive a replacement' {
        $acl = Get-Acl -LiteralPath $bundle
        $rule = New-Object Security.AccessControl.FileSystemAccessRule('NETWORK SERVICE', 'ReadAndExecute', 'Allow')
        $acl.AddAccessRule($rule)
        Set-Acl -LiteralPath $bundle -AclObject $acl
        Assert-Status (Invoke-Trustmend @('bundle', 'apply', "path=$bundle", "extra=$($one.File)", 'requires=')) 0
        @((Get-Acl -LiteralPath $bundle).Access | Where-Object { $_.IdentityReference.Value -match 'NETWORK SERVICE' }).Count -ge 1
    }
    Check 'a file that another program holds is named after two seconds' {
        $held = [IO.File]::Open($bundle, 'Open', 'Read', 'None')
        try {
            $report = Invoke-Trustmend @('bundle', 'apply', "path=$bundle", "extra=$($two.File)", 'requires=')
        } finally {
            $held.Close()
        }
        Assert-Status $report 1
        $report.results[0].error.kind -eq 'busy' -and $report.results[0].error.path -match 'bundle\.pem'
    }
    Check 'paths beyond 260 characters, and other scripts' {
        $long = Join-Path $Work (('d' * 100) + '\' + ('e' * 100) + '\Gr' + [char]0xFC + [char]0xDF + 'e.pem')
        Assert-Status (Invoke-Trustmend @('bundle', 'apply', "path=$long", 'sources=system', 'requires=')) 0
        Assert-Status (Invoke-Trustmend @('bundle', 'apply', "path=$long", 'state=absent')) 0
        $true
    }
    Check 'core_api.yml keeps its line ends' {
        $core = Join-Path $Work 'core\core_api.yml'
        New-Item -ItemType Directory -Path (Split-Path $core) | Out-Null
        [IO.File]::WriteAllText($core, "location:`r`n  type: app_store`r`n  name: tk-core`r`n  version: v0.18.1`r`n")
        Assert-Status (Invoke-Trustmend @('core_api', 'apply', "path=$Work", 'version=v0.23.10')) 0
        [IO.File]::ReadAllText($core).Contains("version: v0.23.10`r`n")
    }

    # ---- without elevation ----
    Check 'without elevation: a clear error before anything is tried' {
        $answer = Join-Path $Work 'restricted.json'
        & icacls.exe $Work /grant '*S-1-5-32-545:(OI)(CI)M' | Out-Null
        # A file of its own: quotes within quotes do not survive two command lines. Nothing in
        # the path of $Work has a blank.
        $batch = Join-Path $Work 'restricted.cmd'
        Set-Content -LiteralPath $batch -Encoding Default -Value @(
            '@echo off', "`"$Trustmend`" anchor plan certificate=$($one.File) --output json > $answer")
        & runas.exe /trustlevel:0x20000 $batch | Out-Null
        for ($i = 0; $i -lt 50 -and -not ((Test-Path $answer) -and (Get-Item $answer).Length); $i++) {
            Start-Sleep -Milliseconds 200
        }
        Start-Sleep -Milliseconds 500
        $report = Get-Content -LiteralPath $answer -Raw | ConvertFrom-Json
        $report.results[0].error.kind -eq 'permission' -and -not (Test-InStore 'LocalMachine\Root' $one.Thumbprint)
    }
} finally {
    $ErrorActionPreference = 'Continue' # everything is to be cleaned up, whatever a part of it says
    foreach ($root in $roots) {
        # New-SelfSignedCertificate leaves copies among the intermediate certificates.
        foreach ($store in 'LocalMachine\Root', 'LocalMachine\Disallowed', 'LocalMachine\CA',
                           'CurrentUser\Root', 'CurrentUser\CA') {
            $left = "Cert:\$store\$($root.Thumbprint)"
            if (Test-Path -LiteralPath $left) { Remove-Item -LiteralPath $left -ErrorAction SilentlyContinue }
        }
        if (-not $SkipGroupPolicy) {
            & certutil.exe -f -grouppolicy -delstore Root $root.Thumbprint 2>&1 | Out-Null
        }
    }
    if ($null -ne (Get-RawVariable $Variable)) { Remove-ItemProperty -LiteralPath $MachineKey -Name $Variable }
    Remove-Item -LiteralPath "\\?\$Work" -Recurse -Force -ErrorAction SilentlyContinue
}
Write-Output ("{0} passed, {1} failed, {2} skipped" -f $script:Passed, $script:Failed, $script:Skipped)
exit $script:Failed
