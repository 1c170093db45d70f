require_relative 'helper'

describe 'trustmend::shotgrid_ssl' do
  let(:facts) { { 'kernel' => 'Linux', 'os' => { 'family' => 'Debian' } } }

  it { is_expected.to compile.with_all_deps }
  it { is_expected.to have_resource_count(4) }
  it { is_expected.to contain_trustmend_anchor('builtin:starfield-services-root-g2') }
  it { is_expected.to contain_trustmend_anchor('builtin:amazon-root-ca-1') }
  it { is_expected.to contain_trustmend_env('SHOTGUN_API_CACERTS').with_value('/opt/trustmend/cacert.pem') }

  it 'makes the bundle of the store, with one of the roots inside' do
    is_expected.to contain_trustmend_bundle('/opt/trustmend/cacert.pem')
      .with_sources(['system']).with_requires(['builtin:starfield-services-root-g2 or builtin:amazon-root-ca-1'])
    expect(catalogue).to order('Trustmend_anchor[builtin:amazon-root-ca-1]', 'Trustmend_bundle[/opt/trustmend/cacert.pem]')
  end

  context 'with certificates of the studio, one of them as text and one of them twice' do
    let(:text) { "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n" }
    let(:params) { { 'extra_ca' => ['puppet:///modules/site/ca.pem', text, 'puppet:///modules/site/ca.pem', 'builtin:amazon-root-ca-1'] } }

    it { is_expected.to compile.with_all_deps }
    it { is_expected.to have_resource_count(6) }
    it { is_expected.to contain_trustmend_anchor('puppet:///modules/site/ca.pem') }
    it { is_expected.to contain_trustmend_anchor('extra_ca[1]').with_certificate(text) }
    it { is_expected.to contain_trustmend_bundle('/opt/trustmend/cacert.pem').with_extra(params['extra_ca']) }
  end

  context 'with configurations, one with a comma in its name' do
    let(:params) { { 'core_configs' => ['/mnt/projects/*', '/mnt/a,b'], 'core_missing' => 'ok' } }

    it { is_expected.to contain_trustmend_core_api('/mnt/projects/*,/mnt/a,,b').with('version' => 'v0.23.10', 'match' => 'at_least', 'missing' => 'ok') }
  end

  context 'without roots' do
    let(:params) { { 'roots' => [] } }

    it { is_expected.to have_resource_count(2) }
    it { is_expected.to contain_trustmend_bundle('/opt/trustmend/cacert.pem').with_requires([]) }
  end

  context 'with Windows' do
    let(:facts) { { 'kernel' => 'windows', 'os' => { 'family' => 'windows' } } }
    let(:bundle) { catalogue.resource('trustmend_env', 'SHOTGUN_API_CACERTS')[:value] }

    it('keeps the bundle where programs of Windows find it') { expect(bundle).to eq('C:\ProgramData\trustmend\cacert.pem') }
  end

  context 'with what core_missing cannot be' do
    let(:params) { { 'core_missing' => 'maybe' } }

    it { is_expected.to compile.and_raise_error(/'core_missing' expects a match for Enum\['fail', 'ok'\]/) }
  end
end
