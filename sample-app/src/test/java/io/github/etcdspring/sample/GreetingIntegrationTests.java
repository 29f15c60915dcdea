package io.github.etcdspring.sample;

import java.time.Duration;

import io.github.etcdspring.refresh.LiveProperties;
import io.github.etcdspring.test.TestEtcd;
import io.github.etcdspring.test.WithEtcd;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.test.context.ActiveProfiles;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@ActiveProfiles("provider")
@WithEtcd(keys = "/config/greeting/greeting.message=Good morning", timeout = "60s")
class GreetingIntegrationTests {

	@Autowired
	LiveProperties<GreetingProperties> properties;

	@Test
	void startsWithItsConfiguration() {
		assertThat(this.properties.get().message()).isEqualTo("Good morning");
	}

	@Test
	void followsItsConfiguration(TestEtcd etcd) {
		etcd.put("/config/greeting/greeting.message", "Good evening").awaitApplied();
		assertThat(this.properties.get().message()).isEqualTo("Good evening");
	}

	@Test
	void rejectsInvalidConfiguration(TestEtcd etcd) {
		assertThat(etcd.put("/config/greeting/greeting.work", "11s").awaitRejected().reason())
			.contains("cannot be bound");
		assertThat(this.properties.get().work()).isLessThan(Duration.ofSeconds(1));
	}

	@Test
	void keepsItsConfigurationWhileEtcdIsDown(TestEtcd etcd) {
		etcd.kill();
		assertThat(this.properties.get().message()).isEqualTo("Good morning");
		etcd.restart();
		etcd.put("/config/greeting/greeting.message", "Good evening").awaitApplied();
		assertThat(this.properties.get().message()).isEqualTo("Good evening");
	}

}
