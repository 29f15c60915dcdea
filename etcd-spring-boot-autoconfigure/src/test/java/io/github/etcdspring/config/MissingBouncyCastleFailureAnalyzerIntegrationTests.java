package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.PlainApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class MissingBouncyCastleFailureAnalyzerIntegrationTests {

	@TempDir
	private Path directory;

	@Test
	void keyStoreWithoutBouncyCastleNamesTheDependency() throws Exception {
		Path store = this.directory.resolve("keys.p12");
		assertThat(new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
				"-genkeypair", "-alias", "one", "-keyalg", "RSA", "-dname", "CN=orders", "-keystore", store.toString(),
				"-storetype", "PKCS12", "-storepass", "changeit")
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start()
			.waitFor()).isZero();
		failsAndNamesTheDependency("--encrypt.key-store.location=file:" + store, "--encrypt.key-store.type=PKCS12",
				"--encrypt.key-store.alias=one", "--encrypt.key-store.password=changeit");
	}

	@Test
	void pemKeyWithoutBouncyCastleNamesTheDependency() throws IOException {
		failsAndNamesTheDependency("--encrypt.key=-----BEGIN RSA PRIVATE KEY-----AAAA-----END RSA PRIVATE KEY-----");
	}

	private static void failsAndNamesTheDependency(String... arguments) throws IOException {
		List<String> all = new ArrayList<>(List.of(arguments));
		all.add("--spring.cloud.etcd.enabled=false");
		all.add("--spring.main.web-application-type=none");
		try (JavaProcess process = JavaProcess.startWithout(Pattern.compile("bcprov"), PlainApplication.class,
				all.toArray(String[]::new))) {
			assertThat(process.await()).isNotZero();
			assertThat(process.output())
				.contains("APPLICATION FAILED TO START", "Bouncy Castle",
						"org.springframework.cloud:spring-cloud-starter")
				.doesNotContain("changeit", "AAAA");
		}
	}

}
