"""Kustomizations as mappings of paths to texts; each is built from `overlay/kustomization.yaml`."""

from __future__ import annotations

BASE = {
    "base/kustomization.yaml": "resources: [app.yaml, service.yaml]\n",
    "base/app.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: runner
      containers:
        - name: app
          image: example.org/shop/web:v1
          ports: [{containerPort: 80}, {containerPort: 443, protocol: TCP}]
          env:
            - {name: MODE, value: slow}
            - {name: DROPPED, value: x}
            - name: TOKEN
              valueFrom: {secretKeyRef: {name: token, key: t}}
          securityContext: {privileged: true}
        - name: log
          image: log@sha256:0000
      volumes:
        - {name: data, emptyDir: {}}
        - {name: settings, configMap: {name: settings}}
""",
    "base/service.yaml": """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner}
""",
}

PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: app
          env:
            - {name: MODE, value: fast}
            - {name: DROPPED, $patch: delete}
            - {name: NEW, value: "1"}
          ports:
            - {containerPort: 9090}
            - {containerPort: 80, name: http}
            - {containerPort: 443, name: kept}
          securityContext:
            privileged: null
            readOnlyRootFilesystem: true
        - {name: sidecar, image: side:2}
      volumes:
        - {name: data, emptyDir: null, hostPath: {path: /x}}
        - {name: settings, $patch: replace, emptyDir: {}}
"""

CASES: dict[str, dict[str, str]] = {
    "strategic merge from a file": {
        **BASE,
        "overlay/kustomization.yaml": "resources: [../base]\npatches: [{path: patch.yaml}]\n",
        "overlay/patch.yaml": PATCH,
    },
    "strategic merge in the old field": {
        **BASE,
        "overlay/kustomization.yaml": "bases: [../base]\npatchesStrategicMerge: [patch.yaml]\n",
        "overlay/patch.yaml": PATCH,
    },
    "inline patches with targets": {
        **BASE,
        "overlay/kustomization.yaml": """\
resources: [../base]
patches:
  - target: {kind: Deployment, labelSelector: app in (web)}
    patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: any
      spec:
        template:
          spec:
            hostNetwork: true
  - target: {kind: Deployment|StatefulSet, name: we.*}
    patch: |-
      - op: replace
        path: /spec/replicas
        value: 5
      - {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: LAST, value: z}}
      - {op: remove, path: /spec/template/spec/containers/1}
  - target: {version: v1, kind: Service, name: web}
    patch: '[{"op": "add", "path": "/metadata/annotations", "value": {"a~b/c": "d"}}]'
""",
    },
    "JSON patches in the old field": {
        **BASE,
        "overlay/kustomization.yaml": """\
resources: [../base]
patchesJson6902:
  - target: {group: apps, version: v1, kind: Deployment, name: web}
    path: patch.json
""",
        "overlay/patch.json": '[{"op": "move", "from": "/spec/replicas", "path": "/spec/revisionHistoryLimit"}]',
    },
    "an object deleted": {
        **BASE,
        "overlay/kustomization.yaml": """\
resources: [../base]
patches:
  - patch: |-
      $patch: delete
      apiVersion: v1
      kind: Service
      metadata:
        name: web
""",
    },
    "names, namespace, labels and annotations": {
        **BASE,
        "overlay/kustomization.yaml": """\
resources: [../base]
namespace: shop
namePrefix: pre-
nameSuffix: -post
commonLabels: {team: red}
commonAnnotations: {owner: me}
labels:
  - pairs: {more: "1"}
    includeTemplates: true
generatorOptions: {disableNameSuffixHash: true}
configMapGenerator:
  - name: settings
    literals: [a=b, "quoted='c d'"]
    files: [notes.txt, other=notes.txt]
    envs: [some.env]
secretGenerator:
  - name: token
    literals: [t=hunter2]
    options: {labels: {x: z}, immutable: true}
""",
        "overlay/notes.txt": "line one\nline two\n",
        "overlay/some.env": "# comment\nK=V\nL=1=2\n",
    },
    "images and replicas": {
        **BASE,
        "overlay/kustomization.yaml": """\
resources: [../base]
images:
  - {name: example.org/shop/web, newTag: "2.0"}
  - {name: log, newName: other.org/log}
replicas: [{name: web, count: 7}]
""",
    },
    "a component": {
        **BASE,
        "overlay/kustomization.yaml": "resources: [../base]\ncomponents: [../feature]\n",
        "feature/kustomization.yaml": """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [extra.yaml]
patches: [{path: patch.yaml}]
""",
        "feature/extra.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\ndata: {k: v}\n",
        "feature/patch.yaml": PATCH,
    },
    "generators that change those of the base": {
        "base/kustomization.yaml": """\
namePrefix: b-
generatorOptions: {disableNameSuffixHash: true}
configMapGenerator:
  - {name: one, literals: [a=1, b=2]}
  - {name: two, literals: [a=1]}
""",
        "overlay/kustomization.yaml": """\
resources: [../base]
namePrefix: o-
generatorOptions: {disableNameSuffixHash: true}
configMapGenerator:
  - {name: one, behavior: merge, literals: [b=3, c=4]}
  - {name: two, behavior: replace, literals: [z=1]}
""",
    },
    "replacements": {
        **BASE,
        "overlay/kustomization.yaml": """\
resources: [../base]
replacements:
  - source: {kind: Deployment, fieldPath: "spec.template.spec.containers.[name=app].image", options: {delimiter: ":", index: 1}}
    targets:
      - select: {kind: Service}
        fieldPaths: ["metadata.labels.version"]
        options: {create: true}
      - select: {kind: Deployment}
        fieldPaths: ["spec.template.spec.containers.*.image"]
        options: {delimiter: ":", index: 1}
""",
    },
    "variables": {
        **BASE,
        "overlay/kustomization.yaml": """\
resources: [../base]
namePrefix: v-
patches: [{path: patch.yaml}]
vars:
  - {name: SERVICE, objref: {apiVersion: v1, kind: Service, name: web}}
""",
        "overlay/patch.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: app
          args: ["--to=$(SERVICE):80", "$(OTHER)"]
""",
    },
    "bindings follow accounts and roles": {
        "base/kustomization.yaml": "resources: [rbac.yaml]\n",
        "base/rbac.yaml": """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects:
  - {kind: ServiceAccount, name: runner, namespace: default}
  - {kind: ServiceAccount, name: default, namespace: default}
  - {kind: User, name: somebody}
""",
        "overlay/kustomization.yaml": "resources: [../base]\nnamespace: shop\nnamePrefix: p-\n",
    },
    "a custom resource has no merge keys": {
        "base/kustomization.yaml": "resources: [rollout.yaml]\n",
        "base/rollout.yaml": """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec: {template: {spec: {containers: [{name: a, image: a:1}, {name: b, image: b:1}]}}}
""",
        "overlay/kustomization.yaml": "resources: [../base]\npatches: [{path: p.yaml}]\nimages: [{name: a, newTag: '9'}]\n",
        "overlay/p.yaml": """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec: {template: {spec: {containers: [{name: a, image: a:2}]}}}
""",
    },
}
