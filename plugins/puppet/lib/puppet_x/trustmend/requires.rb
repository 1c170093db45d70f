require 'puppet'

require_relative 'attributes'

module PuppetX
  module Trustmend
    # What a resource waits for without being told: that which makes, or is, what it names.
    class Requires
      STORES = ['/etc/ssl/', '/etc/pki/'].freeze # where the trust stores of systems put their bundles

      def initialize(resource)
        @resource = resource
        @kind = resource.class.kind
      end

      # Names of files, and resources of our own types: naming a type makes Puppet load it, which takes
      # as long as a plan.
      def all
        [*files, *bundles, *anchors, *variables]
      end

      private

      # Files that it names, or is itself, and the directories above them.
      def files
        managed = [own, store].compact.flat_map { |path| [path, *(File.join(root, path) if root)] }
        [*inputs, *managed].flat_map { |path| [path, *parents(path)] }.uniq
      end

      def parents(path)
        Pathname.new(path).each_filename.reduce([]) { |found, _| [*found, File.dirname(found.last || path)] }.uniq
      end

      def bundles
        named = [*inputs, *store]
        others(:trustmend_bundle) { |bundle| named.include?(bundle[:path] || bundle[:name]) }
      end

      # What is made of the system's store, or names it, comes after it.
      def anchors
        return unless inputs.include?('system') || (@kind == :env && inputs.any? { |path| path.start_with?(*STORES) })

        others(:trustmend_anchor) { |anchor| [nil, 'system'].include?(anchor[:store]) }
      end

      # Nothing should name a bundle that goes.
      def variables
        return unless @kind == :bundle && @resource[:ensure] == :absent

        others(:trustmend_env) { |variable| variable[:ensure] == :absent || variable[:value] != own }
      end

      # The file that the resource is.
      def own
        @kind == :env || @kind == :anchor ? nil : path(@resource[@resource.class.key] || @resource[:name])
      end

      def store
        path(@resource[:store].to_s.delete_prefix('bundle:')) if @kind == :anchor
      end

      def root
        @resource[:root]
      end

      # What it names, where that is a path or the word `system`.
      def inputs
        @inputs ||= texts.select { |text| text == 'system' || path(text) }
      end

      def texts
        names = @kind == :env ? [:value] : FILES[@kind]
        texts = names.flat_map { |name| Array(@resource[name] || (@resource[:name] if name == @resource.class.key)) }
        texts.flat_map { |text| text.split(/\sor\s|,/) }.map(&:strip)
      end

      def path(text)
        text if text && Puppet::Util.absolute_path?(text) && !text.include?("\n")
      end

      def others(type)
        @resource.catalog.resources.select do |other|
          other.type == type && !other.equal?(@resource) && other[:root] == root && yield(other)
        end
      end
    end
  end
end
