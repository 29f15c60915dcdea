package io.github.etcdspring.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/**
 * Top-level command, which prints its help.
 */
@Command(name = "etcd-config", mixinStandardHelpOptions = true,
		versionProvider = EtcdConfigCommand.ManifestVersion.class,
		description = "Imports, exports and compares configuration in etcd.", synopsisSubcommandLabel = "COMMAND",
		exitCodeListHeading = "%nExit codes:%n",
		exitCodeList = { " 0:success, or no difference",
				" 1:a difference, a concurrent modification, or instances that reject the change or do not answer",
				" 2:invalid arguments, settings or files", " 3:etcd is unavailable or refuses the request" },
		footerHeading = "%nEnvironment:%n",
		footer = { "  SPRING_CLOUD_ETCD_ENDPOINTS   client URLs of etcd",
				"  SPRING_CLOUD_ETCD_USERNAME    user of etcd", "  SPRING_CLOUD_ETCD_PASSWORD    its password",
				"All other properties spring.cloud.etcd.* and spring.ssl.bundle.* apply as well." })
final class EtcdConfigCommand {

	/**
	 * Version in the manifest of the jar.
	 */
	static final class ManifestVersion implements IVersionProvider {

		@Override
		public String[] getVersion() {
			String version = EtcdConfigCommand.class.getPackage().getImplementationVersion();
			return new String[] { "etcd-config " + ((version != null) ? version : "(unknown version)") };
		}

	}

}
