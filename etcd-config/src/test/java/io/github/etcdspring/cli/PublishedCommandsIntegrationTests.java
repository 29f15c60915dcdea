package io.github.etcdspring.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs the commands of {@link CommandLinePage}.
 */
class PublishedCommandsIntegrationTests {

	@Test
	void commandsDoWhatThePageSays(@TempDir Path directory) {
		List<String> commands = CommandLinePage.read().snippets("sh");
		List<String> outputs = CommandLinePage.read().snippets("");
		try (EtcdServer etcd = EtcdServer.start();
				ConfigurableApplicationContext orders = OrdersApplication.start(etcd, "orders-1")) {
			etcd.etcdctl("put", "/config/orders/cache/size", "100");
			etcd.etcdctl("put", "/config/orders/farewell", "Bye");
			Launcher launcher = new Launcher(directory, Map.of("SPRING_CLOUD_ETCD_ENDPOINTS", etcd.endpoint()));
			// the first command builds the jar
			run(launcher, commands.get(1));
			assertThat(FileTree.read(directory)).containsEntry("config/orders/cache/size", "100\n").hasSize(2);
			assertThat(run(launcher, commands.get(2))).isEqualTo(outputs.get(0));
			assertThat(run(launcher, commands.get(3))).isEqualTo(outputs.get(0) + "\netcd differs from the repository");
			assertThat(run(launcher, commands.get(4))).contains("changed /config/orders/cache/size", "written");
			assertThat(run(launcher, commands.get(5)).replaceAll("revision \\d+", "revision 43"))
				.isEqualTo(outputs.get(1));
			assertThat(run(launcher, commands.get(6))).matches("200\n\\d+ put\n\\d+ put");
			assertThat(commands).hasSize(7);
			assertThat(orders.getEnvironment().getProperty("cache.size")).isEqualTo("200");
		}
	}

	@Test
	void exitCodesAreThoseOfTheHelp() {
		String help = CommandResult.run("--help").out().replaceAll("\\s+", " ");
		String page = CommandLinePage.read().text();
		String table = page.substring(page.indexOf("| code |"), page.indexOf("Results are on"));
		assertThat(table.lines().filter((line) -> line.matches("\\| \\d .*")).toList()).hasSize(4)
			.allSatisfy((line) -> assertThat(help).contains(line.replace(" | ", " ").replace("|", "").strip()));
	}

	private static String run(Launcher launcher, String command) {
		CommandResult result = launcher.shell(command);
		assertThat(result.exitCode()).as(command + "\n" + result.err()).isZero();
		return result.out().strip();
	}

}
