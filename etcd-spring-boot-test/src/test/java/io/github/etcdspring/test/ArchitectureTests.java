package io.github.etcdspring.test;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.github.etcdspring.client.BootstrapConnectionDetailsResolver;
import io.github.etcdspring.client.EtcdConnectionDetails;
import io.github.etcdspring.client.EtcdImage;
import org.junit.jupiter.api.Test;

class ArchitectureTests {

	private static final String BASE = "io.github.etcdspring";

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(new ImportOption.DoNotIncludeTests())
		.importPackages(BASE + ".test");

	@Test
	void onlyTheApiIsPublic() {
		ArchRuleDefinition.classes()
			.that()
			.areTopLevelClasses()
			.and()
			.doNotBelongToAnyOf(WithEtcd.class, TestEtcd.class, TestWrite.class, TestServiceInstance.class)
			.should()
			.bePackagePrivate()
			.check(CLASSES);
	}

	@Test
	void onlyWaitingDependsOnMoreThanConnectionDetailsOfTheStarter() {
		ArchRuleDefinition.noClasses()
			.that()
			.doNotBelongToAnyOf(ObservedApplication.class, TestServiceInstance.class, SharedEtcd.class, TestWrite.class)
			.should()
			.dependOnClassesThat(JavaClass.Predicates.resideInAPackage(BASE + "..")
				.and(DescribedPredicate
					.not(JavaClass.Predicates.resideInAnyPackage(BASE + ".test", BASE + ".testsupport")))
				.and(DescribedPredicate.not(JavaClass.Predicates.belongToAnyOf(BootstrapConnectionDetailsResolver.class,
						EtcdConnectionDetails.class, EtcdImage.class))))
			.check(CLASSES);
	}

	@Test
	void onlyTheSharedEtcdDependsOnTestSupport() {
		ArchRuleDefinition.noClasses()
			.that()
			.doNotBelongToAnyOf(SharedEtcd.class, EtcdProcessNode.class)
			.should()
			.dependOnClassesThat()
			.resideInAPackage(BASE + ".testsupport")
			.check(CLASSES);
	}

}
