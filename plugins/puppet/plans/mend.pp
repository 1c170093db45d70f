# @summary Find the targets that drifted from a profile, and mend them.
#
# @param targets
#   Where.
# @param profile
#   A profile: the name of a built-in one, or the absolute path of a file on the targets.
# @param variables
#   Variables of the profile, to replace.
# @param look_only
#   Whether to tell what would change, and change nothing.
#
# @return [Hash]
#   The names of targets: `converged` were so before, `drifted` would be changed (with `look_only`),
#   `mended` were changed and are converged now, and `failed`, each with why.
plan trustmend::mend (
  TargetSpec             $targets,
  String[1]              $profile   = 'shotgrid-ssl',
  Hash[String[1], Data]  $variables = {},
  Boolean                $look_only = false,
) {
  $parameters = { 'profile' => $profile, 'variables' => $variables, '_catch_errors' => true }
  $planned = run_task('trustmend::plan', $targets, 'Looking for drift', $parameters)
  $drifted = $planned.ok_set.filter_set |$result| { $result['changed'] }
  $converged = $planned.ok_set.filter_set |$result| { !$result['changed'] }

  if $look_only or $drifted.empty {
    $mended = []
    $failed = $planned.error_set.results
  } else {
    $applied = run_task('trustmend::apply', $drifted.targets, 'Mending', $parameters)
    $mended = $applied.ok_set.names
    $failed = $planned.error_set.results + $applied.error_set.results
  }

  return({
      'converged' => $converged.names,
      'drifted'   => $look_only ? { true => $drifted.names, default => [] },
      'mended'    => $mended,
      'failed'    => $failed.reduce({}) |$found, $result| {
        $found + { $result.target.name => $result.error.message }
      },
  })
}
