package io.github.etcdspring.test;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(classes = PlainApplication.class, webEnvironment = WebEnvironment.NONE,
		properties = { "spring.application.name=orders", "spring.config.import=etcd:" })
@WithEtcd(image = EtcdContainers.IMAGE, keys = "/config/orders/greeting=hello", timeout = "60s")
class WithEtcdDockerTests {

	@Value("${greeting}")
	String greeting;

	@Autowired
	Environment environment;

	@ParameterizedTest
	@ValueSource(strings = { "none", "kill", "freeze", "cut" })
	void containerSurvivesFaults(String fault, TestEtcd etcd) {
		assertThat(this.environment.getProperty("greeting")).isEqualTo("hello");
		switch (fault) {
			case "kill" -> {
				etcd.kill();
				etcd.restart();
			}
			case "freeze" -> {
				etcd.freeze();
				etcd.thaw();
			}
			case "cut" -> {
				etcd.cut();
				etcd.reconnect();
			}
			default -> assertThat(this.greeting).isEqualTo("hello");
		}
		etcd.put("/config/orders/greeting", "moin").awaitApplied();
		assertThat(this.environment.getProperty("greeting")).isEqualTo("moin");
		etcd.kill();
	}

}
