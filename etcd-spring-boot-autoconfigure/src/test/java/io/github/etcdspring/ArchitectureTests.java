package io.github.etcdspring;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.Architectures;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringApplicationRunListener;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Rules for dependencies, visibility and names.
 */
class ArchitectureTests {

	private static final String BASE = "io.github.etcdspring";

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(new ImportOption.DoNotIncludeTests())
		.importPackages(BASE);

	@Test
	void packagesHaveNoCycles() {
		SlicesRuleDefinition.slices().matching(BASE + ".(*)..").should().beFreeOfCycles().check(CLASSES);
	}

	@Test
	void packageDependenciesPointOneWay() {
		Architectures.layeredArchitecture()
			.consideringOnlyDependenciesInAnyPackage(BASE + "..")
			.layer("client")
			.definedBy(BASE + ".client..")
			.layer("mirror")
			.definedBy(BASE + ".mirror..")
			.layer("lease")
			.definedBy(BASE + ".lease..")
			.layer("refresh")
			.definedBy(BASE + ".refresh..")
			.layer("config")
			.definedBy(BASE + ".config..")
			.layer("fleet")
			.definedBy(BASE + ".fleet..")
			.layer("operations")
			.definedBy(BASE + ".operations..")
			.layer("rollout")
			.definedBy(BASE + ".rollout..")
			.layer("gateway")
			.definedBy(BASE + ".gateway..")
			.layer("resilience")
			.definedBy(BASE + ".resilience..")
			.layer("pool")
			.definedBy(BASE + ".pool..")
			.layer("registry")
			.definedBy(BASE + ".registry..")
			.layer("discovery")
			.definedBy(BASE + ".discovery..")
			.layer("loadbalancer")
			.definedBy(BASE + ".loadbalancer..")
			.layer("grpc")
			.definedBy(BASE + ".grpc..")
			.layer("lock")
			.definedBy(BASE + ".lock..")
			.layer("actuate")
			.definedBy(BASE + ".actuate..")
			.whereLayer("client")
			.mayNotAccessAnyLayer()
			.whereLayer("mirror")
			.mayOnlyAccessLayers("client")
			.whereLayer("lease")
			.mayOnlyAccessLayers("mirror", "client")
			.whereLayer("refresh")
			.mayNotAccessAnyLayer()
			.whereLayer("config")
			.mayOnlyAccessLayers("refresh", "mirror", "client")
			.whereLayer("fleet")
			.mayOnlyAccessLayers("config", "refresh", "registry", "lease", "mirror", "client")
			.whereLayer("operations")
			.mayOnlyAccessLayers("fleet", "config", "registry", "mirror", "client")
			.whereLayer("rollout")
			.mayOnlyAccessLayers("operations", "fleet", "config", "lease", "mirror", "client")
			.whereLayer("gateway")
			.mayOnlyAccessLayers("refresh")
			.whereLayer("resilience")
			.mayOnlyAccessLayers("refresh")
			.whereLayer("resilience")
			.mayNotBeAccessedByAnyLayer()
			.whereLayer("pool")
			.mayOnlyAccessLayers("refresh")
			.whereLayer("pool")
			.mayNotBeAccessedByAnyLayer()
			.whereLayer("registry")
			.mayOnlyAccessLayers("lease", "mirror", "client")
			.whereLayer("discovery")
			.mayOnlyAccessLayers("registry", "lease", "mirror", "client")
			.whereLayer("loadbalancer")
			.mayOnlyAccessLayers("discovery", "registry", "refresh")
			.whereLayer("grpc")
			.mayOnlyAccessLayers("discovery", "registry", "mirror", "client")
			.whereLayer("grpc")
			.mayNotBeAccessedByAnyLayer()
			.whereLayer("lock")
			.mayOnlyAccessLayers("registry", "lease", "mirror", "client")
			.whereLayer("lock")
			.mayNotBeAccessedByAnyLayer()
			.check(CLASSES);
	}

	@Test
	void nothingDependsOnOperationsGatewayAndActuate() {
		ArchRuleDefinition.noClasses()
			.that()
			.resideOutsideOfPackages(BASE + ".operations..", BASE + ".rollout..", BASE + ".gateway..",
					BASE + ".actuate..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(BASE + ".operations..", BASE + ".rollout..", BASE + ".gateway..", BASE + ".actuate..")
			.check(CLASSES);
		ArchRuleDefinition.noClasses()
			.that()
			.resideInAPackage(BASE + ".actuate..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(BASE + ".operations..", BASE + ".rollout..", BASE + ".gateway..")
			.check(CLASSES);
	}

	@Test
	void refreshDoesNotDependOnEtcd() {
		ArchRuleDefinition.noClasses()
			.that()
			.resideInAPackage(BASE + ".refresh..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.etcd..", "io.grpc..", BASE + ".mirror..", BASE + ".config..", BASE + ".client..")
			.check(CLASSES);
	}

	@Test
	void documentPackageHasOnePublicType() {
		assertThat(CLASSES.stream()
			.filter((type) -> type.getPackageName().equals(BASE + ".config.document"))
			.filter((type) -> type.getModifiers().contains(JavaModifier.PUBLIC))
			.map(JavaClass::getSimpleName)).containsExactly("ConfigParser");
	}

	@Test
	void mirrorAndLeaseDoNotDependOnTheSpringContainer() {
		ArchRuleDefinition.noClasses()
			.that()
			.resideInAnyPackage(BASE + ".mirror..", BASE + ".lease..")
			.should()
			.dependOnClassesThat(JavaClass.Predicates.resideInAPackage("org.springframework..")
				.and(DescribedPredicate.not(JavaClass.Predicates.resideInAPackage("org.springframework.util.."))))
			.check(CLASSES);
	}

	@Test
	void autoConfigurationsAreListedAndHaveNoPublicMethods() throws IOException {
		List<String> listed = new ClassPathResource(
				"META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports")
			.getContentAsString(StandardCharsets.UTF_8)
			.lines()
			.toList();
		List<JavaClass> found = CLASSES.stream()
			.filter((type) -> type.isAnnotatedWith(AutoConfiguration.class))
			.toList();
		assertThat(found).extracting(JavaClass::getName).containsExactlyInAnyOrderElementsOf(listed);
		assertThat(listed).isSorted();
		for (JavaClass type : found) {
			assertThat(type.getModifiers()).as(type.getName()).contains(JavaModifier.PUBLIC, JavaModifier.FINAL);
			assertThat(type.getMethods()).as(type.getName())
				.noneMatch((method) -> method.getModifiers().contains(JavaModifier.PUBLIC));
			assertThat(type.getSimpleName()).endsWith("AutoConfiguration");
		}
	}

	/** Code that starts containers belongs to etcd-spring-boot-test. */
	@Test
	void onlyConnectionDetailsFactoriesDependOnTestcontainers() {
		ArchRuleDefinition.noClasses()
			.that()
			.haveNameNotMatching(".*ConnectionDetailsFactory(\\$.*)?")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.testcontainers..", "org.springframework.boot.testcontainers..",
					"org.springframework.boot.docker..")
			.check(CLASSES);
	}

	/** Each of them runs in each application, as do the classes that it loads. */
	@Test
	void onlyTheClientOfTheImportHasARunListener() {
		ArchRuleDefinition.noClasses()
			.that()
			.doNotHaveSimpleName("BootstrapClientRunListener")
			.should()
			.implement(SpringApplicationRunListener.class)
			.check(CLASSES);
	}

	@Test
	void fieldsAreNotInjected() {
		ArchRuleDefinition.fields().should().notBeAnnotatedWith(Autowired.class).check(CLASSES);
	}

	@Test
	void staticFieldsAreFinal() {
		ArchRuleDefinition.fields().that().areStatic().should().beFinal().check(CLASSES);
	}

	@Test
	void loggingUsesCommonsLogging() {
		// Selenium's logs of a browser have levels of java.util.logging
		ArchRuleDefinition.noClasses()
			.that()
			.resideOutsideOfPackage("..testsupport")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.slf4j..", "java.util.logging..", "org.apache.logging..")
			.check(CLASSES);
	}

	/** A clock may jump: it is used for timestamps only, never to control anything. */
	@Test
	void timeIsMeasuredByTheMonotonicClock() {
		Set<String> timestampTypes = Set.of("LeaseLoop", "LeasedKey", "ConfigRefresh", "MirrorState", "ChangeDelivery",
				"WatchMetrics", "OutlierEjection", "VanishedInstances", "ServiceCatalog", "CatalogFile",
				"InstanceOverrides", "EtcdInstanceTemplate", "CalledServices", "ConfigurationMetrics", "HistoryKeys");
		ArchRuleDefinition.noClasses()
			.should()
			.accessTargetWhere(access("the clock",
					(owner, name) -> owner.equals("java.util.Date") || owner.equals("java.time.Clock")
							|| (owner.equals("java.lang.System") && name.equals("currentTimeMillis"))))
			.check(CLASSES);
		ArchRuleDefinition.noClasses()
			.that(DescribedPredicate.describe("do more than record timestamps",
					(type) -> !timestampTypes.contains(type.getSimpleName())))
			.should()
			.accessTargetWhere(
					access("the time", (owner, name) -> owner.startsWith("java.time.") && name.equals("now")))
			.check(CLASSES);
	}

	private static DescribedPredicate<JavaAccess<?>> access(String what, BiPredicate<String, String> target) {
		return DescribedPredicate.describe(what,
				(access) -> target.test(access.getTargetOwner().getName(), access.getName()));
	}

	@Test
	void typeNamesHaveNoMeaninglessSuffix() {
		ArchRuleDefinition.noClasses().should().haveNameMatching(".*(Manager|Helper|Utils?|Impl)").check(CLASSES);
	}

	@Test
	void manyTypesArePackagePrivate() {
		Set<JavaClass> types = CLASSES.stream()
			.filter((type) -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
			.collect(Collectors.toSet());
		long hidden = types.stream().filter((type) -> !type.getModifiers().contains(JavaModifier.PUBLIC)).count();
		assertThat(100.0 * hidden / types.size()).isGreaterThanOrEqualTo(40);
	}

}
