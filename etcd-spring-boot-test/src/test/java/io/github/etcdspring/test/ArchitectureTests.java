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
	void everythingIsPackagePrivate() {
		ArchRuleDefinition.classes().that().areTopLevelClasses().should().bePackagePrivate().check(CLASSES);
	}

	@Test
	void dependsOnlyOnConnectionDetailsOfTheStarter() {
		ArchRuleDefinition.noClasses()
			.should()
			.dependOnClassesThat(JavaClass.Predicates.resideInAPackage(BASE + "..")
				.and(DescribedPredicate.not(JavaClass.Predicates.resideInAPackage(BASE + ".test")))
				.and(DescribedPredicate.not(JavaClass.Predicates.belongToAnyOf(BootstrapConnectionDetailsResolver.class,
						EtcdConnectionDetails.class, EtcdImage.class))))
			.check(CLASSES);
	}

}
